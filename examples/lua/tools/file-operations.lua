-- The tool file-operations reads, writes, copies, moves and deletes files and folders, as far as the configuration opens them.
--
--   npx llmspell run --config examples/lua/tools/file-operations.toml examples/lua/tools/file-operations.lua

local files = Tool.get("file-operations")
local folder = os.tmpname()
files{ operation = "create_dir", path = folder }
files{ operation = "write", path = folder .. "/log.txt", input = "started\n" }
files{ operation = "append", path = folder .. "/log.txt", input = "done\n" }
print(files{ operation = "read", path = folder .. "/log.txt" }.result.content)

files{ operation = "copy", source_path = folder .. "/log.txt", target_path = folder .. "/copy.txt" }
files{ operation = "move", source_path = folder .. "/copy.txt", target_path = folder .. "/kept.txt" }
for _, entry in ipairs(files{ operation = "list_dir", path = folder }.result.entries) do
  print(entry.name, entry.type, entry.size)
end

-- Nobody replaces a file by accident.
local refused = files{ operation = "copy", source_path = folder .. "/log.txt", target_path = folder .. "/kept.txt" }
print(refused.error.hint)

print(files{ operation = "delete", path = folder, recursive = true }.result.deleted .. " deleted")

-- What is closed is said with the line that would open it.
local closed = files{ operation = "read", path = "/etc/passwd" }.error
print(closed.code, closed.hint)
