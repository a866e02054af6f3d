local s = Session.create()
Session.addMessage(s, "system", "prompt")                    -- 1
for i = 1, 3 do Session.addMessage(s, "user", "m" .. i) end  -- 2, 3, 4
Session.addMessage(s, "user", "other", { parent = "msg_3" }) -- 5
Session.addMessage(s, "user", "deeper")                      -- 6
Session.addMessage(s, "user", "merged", { parents = { "msg_6", "msg_4" } }) -- 7

local function ids(messages)
  local found = {}
  for i, message in ipairs(messages) do found[i] = message.id:sub(5) end
  return table.concat(found, " ")
end

-- Back from a message, over everything that it follows.
local history = Session.conversationHistory(s)
assert(ids(history) == "2 3 4 5 6 7", ids(history))
assert(history[6].depth == 0 and history[5].depth == 1 and history[3].depth == 1 and history[1].depth == 3)
assert(history[6].content == "merged" and history[6].parents[2] == "msg_4")
assert(ids(Session.conversation_history(s, { node_id = "msg_6", max_depth = 2 })) == "3 5 6")
assert(ids(Session.conversationHistory(s, { node_id = "msg_1" })) == "1")
assert(ids(Session.conversationHistory(s, { max_depth = 0 })) == "7")

-- Forward: stretches without a branch, and the ways on.
local trees = Session.historyTree(s)
assert(#trees == 2 and ids(trees[1].messages) == "1" and #trees[1].branches == 0)
assert(ids(trees[2].messages) == "2 3" and #trees[2].branches == 2 and trees[2].cut == nil)
assert(ids(trees[2].branches[1].messages) == "4" and ids(trees[2].branches[2].messages) == "5 6 7")
assert(trees[2].messages[1].content == "m1")
local tree = Session.history_tree(s, { node_id = "msg_5" })
assert(#tree == 1 and ids(tree[1].messages) == "5 6 7")
local cut = Session.historyTree(s, { max_depth = 0 })
assert(cut[2].cut == true and #cut[2].branches == 0)

-- Long histories are no deep tables.
local long = Session.create()
for i = 1, 300 do Session.addMessage(long, "user", i) end
assert(#Session.historyTree(long)[1].messages == 300 and #Session.conversationHistory(long) == 300)
assert(#Session.conversationHistory(long, { max_depth = 5 }) == 6)
assert(#Session.historyTree(Session.create()) == 0 and #Session.conversationHistory(Session.create()) == 0)

for _, view in ipairs({ Session.conversationHistory, Session.historyTree }) do
  local ok, err = pcall(view, s, { node_id = "msg_99" })
  assert(not ok and err.code == "MESSAGE_NOT_FOUND")
  ok, err = pcall(view, s, { max_depth = -1 })
  assert(not ok and err.code == "BAD_ARGUMENT")
end
