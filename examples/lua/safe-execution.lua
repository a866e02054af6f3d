-- Every session gets an end, whatever happens in it: complete when the work is done, fail with the reason when not.
--
--   npx llmspell run examples/lua/safe-execution.lua

local function safeExecute(name, work)
  local session = Session.create({ name = name })
  local success, err = pcall(work, session)
  if success then
    Session.complete(session)
  else
    Session.fail(session, tostring(err))
  end
  return session, success, err
end

local jobs = {
  { "Add up", function(session)
    Artifact.store(session, "tool_result", "sum.txt", tostring(1 + 2))
  end },
  { "Read a missing file", function()
    assert(io.open("examples/data/missing.csv"))
  end },
  { "Misspell a tool", function()
    Tool.execute("json-procesor", { operation = "parse", input = "{}" })
  end },
  { "Raise a table", function()
    error({ code = "OUT_OF_STOCK", message = "there are no notebooks left" })
  end },
}

for _, job in ipairs(jobs) do
  local session, success, err = safeExecute(job[1], job[2])
  local record = Session.get(session)
  print(("%-20s %-10s %s"):format(record.name, record.status, success and "" or record.failure_reason))
end
