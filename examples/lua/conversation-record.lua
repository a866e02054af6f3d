-- What is said in sessions: messages, conversations, branches, copies and merges. No model is asked.
--
--   npx llmspell run examples/lua/conversation-record.lua

local function say(session, role, content, options)
  return Session.addMessage(session, role, content, options).id
end

-- A talk with a customer. The system prompt stands before the history, and the context beside it.
local support = Session.createAndUse({
  title = "Broken router",
  system_prompt = "You help customers with their routers.",
  initial_context = { customer = "cust_17", product = "R-200" },
  metadata = { category = "support", priority = "high" },
})
local question = say(nil, "user", "My router does not start.")
say(nil, "assistant", "Which lamp is lit?", { usage = { input_tokens = 21, output_tokens = 5, cost_usd = 0.002 } })
say(nil, "user", "The red one.")

for _, message in ipairs(Session.history(support)) do
  print(message.id, message.role, message.content)
end

-- Another answer to an earlier message makes a branch; the history follows the newest one, and the other stays.
say(support, "assistant", "Please unplug it, and count to ten.", { parent = question })
say(support, "user", "Now it is green!")
local tree = Session.historyTree(support)
print("Ways on from the question:", #tree[2].branches)
print("What led to the last message:", #Session.conversationHistory(support))

-- A session may hold several conversations, each with a history of its own.
local notes = Session.startConversation(support, {
  name = "Notes",
  initial_prompt = { name = "summary", user_prompt = "Sum the case up in a line." },
})
print("Waiting to be executed:", Session.history(support)[2].content)
Session.useConversation(support, "conv_1")

-- A copy goes its own way from any message; a merge puts talks together by their times.
local retry = Session.copy(support, { new_title = "Another try", at = question })
say(retry, "assistant", "How old is it?")
local case = Session.merge({ support, retry }, { title = "The whole case" })
print("The copy:", #Session.history(retry), "The merge:", #Session.history(case))
print("Merged from two sessions:", #Session.getMetadata(case).merged_from == 2)

-- What chat programs exchange, and a session in numbers.
local data = Session.data(support)
print(data.title, #data.messages, data.context.product, data.messages[2].timestamp:match("^%d+") ~= nil)
local summary = Session.summary(support)
print("Tokens:", summary.usage.total_tokens, "Conversations:", summary.conversation_count, notes)
print("Found by metadata:", #Session.list({ filter_metadata = { category = "support", priority = "high" } }) >= 3)

-- A file takes a session to another place, whole.
local file = os.tmpname()
Session.export(case, file)
local there = Session.import(file, { new_id = true })
print("Exported and imported:", #Session.history(there) == #Session.history(case))
os.remove(file)

-- A finished session takes no more messages, and can still be read.
for _, session in ipairs({ support, retry, case, there }) do
  Session.complete(session)
end
local ok, problem = pcall(say, support, "user", "One more thing")
print(ok, problem.code, #Session.history(support))
