-- The tool file-watcher waits until something in a folder changes: here another branch of the script puts a file there.
--
--   npx llmspell run --config examples/lua/tools/file-watcher.toml examples/lua/tools/file-watcher.lua

local watch, files = Tool.get("file-watcher"), Tool.get("file-operations")
local folder = os.tmpname()
files{ operation = "create_dir", path = folder }

parallel{
  function()
    local seen = watch{ path = folder, pattern = "*.csv", events = { "created" }, timeout_ms = 10000 }.result
    print(seen.events[1].type, seen.events[1].path)
  end,
  function()
    -- The first of these may be there before anybody watches.
    for number = 1, 3 do
      os.execute("sleep 0.5")
      files{ operation = "write", path = folder .. "/orders-" .. number .. ".csv", input = "id\n" }
    end
  end,
}

local quiet = watch{ path = folder, timeout_ms = 100 }.result
print("timed out: " .. tostring(quiet.timed_out))
files{ operation = "delete", path = folder, recursive = true }
