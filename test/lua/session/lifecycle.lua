-- Every action in every state; a move that is not in the table is refused with both states.
local function session_in(status)
  local id = Session.create()
  if status == "suspended" then Session.suspend(id) end
  if status == "completed" then Session.complete(id) end
  if status == "failed" then Session.fail(id, "first reason") end
  return id
end
local allowed = {
  active = { suspend = "suspended", complete = "completed", fail = "failed" },
  suspended = { resume = "active", complete = "completed", fail = "failed" },
  completed = {},
  failed = {},
}
local target = { suspend = "suspended", resume = "active", complete = "completed", fail = "failed" }
for status, moves in pairs(allowed) do
  for action, to in pairs(target) do
    local id = session_in(status)
    local ok, err = pcall(Session[action], id)
    if moves[action] then
      assert(ok and Session.get(id).status == to, status .. " " .. action)
    else
      assert(not ok and err.code == "SESSION_STATE", status .. " " .. action)
      assert(err.from == status and err.to == to and err.session == id)
      assert(Session.get(id).status == status)
    end
  end
end

-- The reason of a failure stays with the session.
local failed = session_in("failed")
assert(Session.get(failed).failure_reason == "first reason")
assert(not pcall(Session.fail, failed, "second reason"))
assert(Session.get(failed).failure_reason == "first reason")

-- Actions on a session that is not there.
for action in pairs(target) do
  local ok, err = pcall(Session[action], "nobody")
  assert(not ok and err.code == "SESSION_NOT_FOUND" and err.message:find('"nobody"'))
end

-- nil and "" mean the current session.
local current = Session.create()
Session.setCurrent(current)
Session.suspend()
Session.resume("")
Session.fail(nil, "enough")
assert(Session.get(current).status == "failed" and Session.get().failure_reason == "enough")
