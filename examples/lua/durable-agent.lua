-- An agent that works through questions, a second for each. Kill it as often as you like: it goes on where it was and
-- asks no answered question again. Of what it printed, only the very last line may come a second time.
--
--   npx llmspell run examples/lua/durable-agent.lua --pause 1 & sleep 3
--   pkill -9 -f durable-agent.lua        # no chance to save anything
--   npx llmspell runs                    # shows it as interrupted
--   npx llmspell resume <run>            # goes on behind the last answer
--   npx llmspell replay <run>            # all of it again, from the record
--
-- Nothing in the script knows of this. It keeps its plan in a coroutine and its findings in a local table.

local pause = tonumber(ARGS.pause) or 0.01
local questions = { "revenue", "returns", "stock", "staff", "forecast" }

-- Stands for a model: a call that takes time and would cost money.
local function ask(question)
  os.execute("sleep " .. pause)
  local answer = Tool.execute("json-processor", {
    operation = "stringify",
    input = { question = question, score = math.random(100) },
  })
  return answer.success and #question or 0
end

local session = Session.create({ name = "Durable agent", tags = { "agent" } })
local plan = coroutine.wrap(function()
  for number, question in ipairs(questions) do
    coroutine.yield(number, question)
  end
end)

local findings = {}
for number, question in plan do
  findings[#findings + 1] = question .. "=" .. ask(question)
  Artifact.store(session, "agent_output", question .. ".txt", findings[#findings])
  print(string.format("%d/%d %s", number, #questions, question))
end
Session.complete(session)

print("Findings: " .. table.concat(findings, " "))
print("Artifacts: " .. #Artifact.list(session))
