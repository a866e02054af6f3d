local s = Session.create()
local function texts(options)
  local found = {}
  for i, message in ipairs(Session.history(s, options)) do found[i] = message.content end
  return table.concat(found, "|")
end

Session.addMessage(s, "system", "Be brief.")
Session.addMessage(s, "user", "one")
Session.addMessage(s, "assistant", "two")
assert(texts() == "Be brief.|one|two" and texts({ include_system = false }) == "one|two")
assert(texts({ limit = 1 }) == "two" and texts({ limit = 3 }) == "Be brief.|one|two")

-- Another system prompt takes the place of the first.
assert(Session.setSystemPrompt(s, "Be long.") == true)
assert(texts() == "Be long.|one|two" and Session.get(s).message_count == 3)

-- Going on from an earlier message makes a branch; the linear history follows the newest.
Session.addMessage(s, "assistant", "another two", { parent = "msg_2" })
assert(texts() == "Be long.|one|another two")
assert(Session.getMessage(s, "msg_3").content == "two")

-- Clearing keeps the system prompt unless it is told not to.
assert(Session.clearHistory(s) == 3 and texts() == "Be long." and Session.get(s).message_count == 1)
assert(Session.getMessage(s, "msg_3") == nil)
assert(Session.addMessage(s, "user", "again").id == "msg_5", "numbers are never given twice")
assert(Session.clear_history(s, { keep_system_prompt = false }) == 2 and texts() == "")
assert(Session.clearHistory(s) == 0 and Session.clearHistory(Session.create()) == 0)

-- Deleting a session deletes what was said in it.
Session.addMessage(s, "user", ("x"):rep(50000))
assert(Session.delete(s) == true and #Session.history(s) == 0)
