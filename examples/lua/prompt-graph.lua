-- Prompts that need each other's answers: in order, side by side, with conditions and failures, and what is known of all.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/prompt-graph.lua

local session = Session.create({ name = "Quarterly analysis" })
local conversation = Session.startConversation(session, {
  name = "Analysis",
  initial_prompt = { name = "setup", system_prompt = "You are an analyst. Answer in one sentence." },
})
print("Active: " .. tostring(Session.activeConversation(session) == conversation))

local function answer(node)
  return Session.getMessage(session, node).content
end

-- One after the other: an answer stands where the next prompt names it.
local analysis = Session.executePrompt(session, { name = "analysis", user_prompt = "Analyze the fourth quarter." })
local summary = Session.executePrompt(session, {
  name = "headline",
  user_prompt = "Make a headline of this: {{analysis}}",
}, { dependencies = { analysis } })
print(answer(summary))

-- Side by side, in any order of writing: each begins when what it depends on is there.
local prompts = {
  { name = "report", user_prompt = "Join these: {{north}} {{south}}", depends_on = { "north", "south" } },
  { name = "north", user_prompt = "Look at the region north." },
  { name = "south", user_prompt = "Look at the region south.", retry = { max = 2, base_ms = 10 } },
  {
    name = "alarm",
    user_prompt = "Write an alarm.",
    depends_on = "south",
    when = function(results)
      return results.south.content:find("collapsed") ~= nil
    end,
  },
}
for level, names in ipairs(Session.executionPlan(session, prompts)) do
  table.sort(names)
  print(("Level %d: %s"):format(level, table.concat(names, ", ")))
end
local nodes, group = Session.executeParallel(session, prompts, {
  max_parallel = 2,
  on_progress = function(done, total)
    print(("  %d of %d"):format(done, total))
  end,
})
print(answer(nodes[1]))
for _, node in ipairs(nodes) do
  local status = Session.executionStatus(session, node)
  print(("  %-6s %s after %d others"):format(status.name, status.status, #status.dependencies))
end
local together = Session.groupStatus(session, group)
print(("Group: %d of %d completed, %d skipped"):format(together.completed, together.total, together.skipped))

-- A failure stops what needs its answer, and nothing else.
local tried = Session.executeParallel(session, {
  { name = "lookup", user_prompt = "Ask the model that is away.", max_retries = 0 },
  { name = "after", user_prompt = "Go on from {{lookup}}", depends_on = "lookup" },
  { name = "beside", user_prompt = "Look at the region north." },
})
for _, node in ipairs(tried) do
  local status = Session.executionStatus(session, node)
  print(("  %-6s %s%s"):format(status.name, status.status, status.error and ", " .. status.error.code or ""))
end

-- What led to an answer, and how far back.
for _, message in ipairs(Session.conversationHistory(session, { node_id = nodes[1], max_depth = 1 })) do
  print(("  depth %d: %s %s"):format(message.depth, message.role, message.name or ""))
end
local function show(stretches, margin)
  for _, stretch in ipairs(stretches) do
    local names = {}
    for _, message in ipairs(stretch.messages) do
      if message.role ~= "assistant" then
        names[#names + 1] = message.name or message.role
      end
    end
    print(margin .. table.concat(names, ", "))
    show(stretch.branches, margin .. "  ")
  end
end
show(Session.historyTree(session), "  ")

-- What matters is kept as data, with where it came from.
local artifact = Artifact.storeData(session, {
  name = "analysis_result",
  data = { summary = answer(nodes[1]), from = nodes[1] },
  content_type = "json",
  metadata = { type = "analysis" },
})
print(("Kept: %s, one of %d"):format(Artifact.get(session, artifact.id).data.from, #Artifact.list(session)))
print("Problems: " .. #Session.errors(session))
Session.complete(session)
