local broken = false
local function processData()
  if broken then
    error("no data")
  end
end

--> always-complete-sessions.lua

local success, err = safeExecute()
assert(success == true and err == nil)
broken = true
local success, err = safeExecute()
assert(success == false and tostring(err):find("no data", 1, true))

local completed, failed = Session.list({ status = "completed" }), Session.list({ status = "failed" })
assert(#completed == 1 and completed[1].name == "Safe Operation")
assert(#failed == 1 and failed[1].failure_reason == tostring(err))
