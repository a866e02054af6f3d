local s = Session.create({ system_prompt = "Be brief." })
assert(Session.activeConversation(s) == "conv_1" and #Session.listConversations(s) == 1)
local empty = Session.create()
assert(Session.activeConversation(empty) == nil and #Session.listConversations(empty) == 0)

-- A conversation begins with its prompt, which waits to be executed.
local setup = { name = "initial_setup", system_prompt = "You are a helpful assistant.", user_prompt = "Let's begin.", retry = { max = 3 } }
local analysis = Session.startConversation(s, { name = "Analysis Session", initial_prompt = setup })
assert(analysis == "conv_2" and Session.activeConversation(s) == analysis)
local history = Session.history(s)
assert(#history == 2 and history[1].content == "You are a helpful assistant." and history[1].status == "completed")
assert(history[2].content == "Let's begin." and history[2].status == "pending" and history[2].name == "initial_setup")

-- Without one it begins with the system prompt of the session; a text is the user's.
assert(Session.start_conversation(s, "Named") == "conv_3")
assert(#Session.history(s) == 1 and Session.history(s)[1].content == "Be brief.")
Session.setSystemPrompt(s, "Be long.")
assert(Session.startConversation(s, { initial_prompt = "Hello" }) == "conv_4")
assert(Session.history(s)[1].content == "Be long." and Session.history(s)[2].content == "Hello")
Session.setSystemPrompt(s, "Only here.", { conversation = "conv_3" })
assert(Session.history(s, { conversation = "conv_3" })[1].content == "Only here.")
assert(Session.history(s, { conversation = "conv_1" })[1].content == "Be brief.")
assert(Session.startConversation(s) == "conv_5" and Session.history(s)[1].content == "Be long.")

local list = Session.listConversations(s)
assert(#list == 5 and list[2].name == "Analysis Session" and list[2].message_count == 2 and list[2].head == "msg_3")
assert(list[5].active and not list[1].active and list[1].head == nil)
assert(math.type(list[1].created_at) == "integer" and list[1].created_at_iso:sub(-1) == "Z")

-- Switching between them, and naming them.
assert(Session.useConversation(s, analysis) == true and Session.activeConversation(s) == analysis)
assert(Session.useConversation(s, "conv_9") == false and Session.useConversation(s, "x") == false)
Session.addMessage(s, "assistant", "in the analysis")
Session.addMessage(s, "user", "in the first", { conversation = "conv_1" })
assert(#Session.history(s) == 3 and #Session.history(s, { conversation = "conv_1" }) == 2)
assert(Session.clearHistory(s, { conversation = "conv_1" }) == 1 and #Session.history(s) == 3)

-- Only active sessions get new ones.
Session.complete(s)
for _, change in ipairs({
  Session.startConversation,
  function(id) Session.useConversation(id, "conv_1") end,
}) do
  local ok, err = pcall(change, s)
  assert(not ok and err.code == "SESSION_STATE", tostring(err))
end
local ok, err = pcall(Session.startConversation, empty, { initial_prompt = { user_promt = "x" } })
assert(not ok and err.message:find("it has no user_prompt and no system_prompt", 1, true))
assert(#Session.listConversations(empty) == 0)
