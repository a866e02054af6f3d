local s = Session.create({ title = "Details", metadata = { category = "support", status = "open" } })

-- The context is a table of its own, apart from the metadata.
assert(next(Session.getContext(s)) == nil and Session.getContext("nobody") == nil)
assert(Session.setContext(s, { product = "SDK", list = { 1, 2.5 } }) == true)
assert(Session.getContext(s).product == "SDK" and Session.get_context(s).list[2] == 2.5)
Session.setContext(s, {})
assert(next(Session.getContext(s)) == nil and Session.getMetadata(s).category == "support")

-- Metadata of the user never collides with the lifecycle.
assert(Session.updateMetadata(s, { status = "resolved", resolution_time = "2023-07-15T15:30:00Z" }) == true)
local metadata = Session.getMetadata(s)
assert(metadata.status == "resolved" and metadata.resolution_time == "2023-07-15T15:30:00Z")
assert(metadata.category == "support" and Session.get(s).status == "active")
assert(#Session.list({ filter_metadata = { category = "support", status = "resolved" } }) == 1)
assert(#Session.list({ filter_metadata = { category = "support", status = "open" } }) == 0)

-- Responses are kept by name.
assert(next(Session.responses(s)) == nil)
Session.setResponse(s, "task_response", { success = true, metadata = { processing_time = 2.5 } })
Session.set_response(s, "other/one", "text")
Session.setResponse(s, "task_response", { success = true, metadata = { processing_time = 3 } })
local responses = Session.responses(s)
assert(responses.task_response.success == true and responses.task_response.metadata.processing_time == 3)
assert(responses["other/one"] == "text")
Session.setResponse(s, "other/one", nil)
assert(Session.responses(s)["other/one"] == nil)

-- The summary counts.
local answer = { usage = { input_tokens = 10, output_tokens = 5, cost_usd = 0.5 } }
Session.addMessage(s, "system", "Be brief.")
Session.addMessage(s, "user", "one")
Session.addMessage(s, "assistant", "two", answer)
Session.startConversation(s, { name = "Second", initial_prompt = "three" })
Session.addMessage(s, "assistant", "four", { usage = { input_tokens = 1, output_tokens = 2 } })
Artifact.store(s, "user_input", "a.txt", "x")
local summary = Session.summary(s)
assert(summary.session_id == s and summary.title == "Details" and summary.status == "active")
assert(summary.artifact_count == 1 and summary.response_count == 1 and summary.message_count == 5)
assert(summary.conversation_count == 2 and summary.messages_by_role.assistant == 2)
assert(summary.messages_by_role.tool == 0 and summary.failures == 0)
assert(summary.usage.calls == 2 and summary.usage.input_tokens == 11 and summary.usage.total_tokens == 18)
assert(summary.usage.cost_usd == 0.5)
assert(summary.conversation.name == "Second" and summary.conversation.prompt_count == 1)
assert(summary.conversation.response_count == 1 and summary.conversation.token_usage.total_tokens == 3)
assert(summary.conversation.token_usage.cost_usd == nil)
assert(Session.summary(Session.create()).conversation == nil)

-- What went wrong, wherever it is written down.
assert(#Session.errors(s) == 0)
Session.setResponse(s, "broken", { success = false, error = { code = "E_X", message = "broken pipe" } })
Session.setResponse(s, "bare", { success = false })
Session.fail(s, "gave up")
local found = {}
for _, problem in ipairs(Session.errors(s)) do
  found[problem.source .. ":" .. problem.id:sub(1, 6)] = problem.code .. ":" .. problem.message
  assert(math.type(problem.at) == "integer" and problem.at_iso)
end
assert(found["response:broken"] == "E_X:broken pipe" and found["response:bare"]:find("^RESPONSE_FAILED:"))
assert(found["session:" .. s:sub(1, 6)] == "SESSION_FAILED:gave up")

-- In a session that is not active nothing changes, and everything can be read.
for _, change in ipairs({
  function() Session.setContext(s, { a = 1 }) end,
  function() Session.setResponse(s, "x", 1) end,
  function() Session.setProvider(s, "openai") end,
}) do
  local ok, err = pcall(change)
  assert(not ok and err.code == "SESSION_STATE", tostring(err))
end
assert(Session.updateMetadata(s, { seen = true }) and Session.rename(s, "Failed") and Session.summary(s).name == "Failed")
assert(#Session.history(s) == 2 and Session.responses(s).task_response)

local function refused(code, action, ...)
  local ok, err = pcall(action, ...)
  assert(not ok and err.code == code, tostring(err))
end
local t = Session.create()
refused("BAD_ARGUMENT", Session.setContext, t, "text")
refused("BAD_ARGUMENT", Session.setResponse, t, "")
refused("BAD_ARGUMENT", Session.setResponse, t, ("x"):rep(256), 1)
refused("TOO_LARGE", Session.setResponse, t, "x", ("x"):rep(1024 * 1024))
refused("SESSION_NOT_FOUND", Session.setContext, "nobody", {})
refused("SESSION_NOT_FOUND", Session.summary, "nobody")
refused("SESSION_NOT_FOUND", Session.errors, "nobody")

-- Nothing of a session is left for another one with its id.
Session.create({ session_id = "again", initial_context = { secret = 1 }, system_prompt = "x", provider = "p" })
Session.setResponse("again", "r", 1)
assert(Session.delete("again") == true)
Session.create({ session_id = "again" })
assert(next(Session.getContext("again")) == nil and next(Session.responses("again")) == nil)
assert(#Session.history("again") == 0 and Session.getProvider("again") == nil and #Session.listConversations("again") == 0)
