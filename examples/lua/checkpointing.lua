-- A long process that keeps the result of each step, and after a failure goes on behind the last one that worked.
--
--   npx llmspell run examples/lua/checkpointing.lua
--   npx llmspell replay <run> --from transform      # what came behind a step, from the record
--   npx llmspell fork <run> --at transform          # the same done again, in a run of its own: second-try.lua

local steps = { "validate", "transform", "analyze", "report" }
local attempts = 0

local function processStep(step, previous)
  if step == "analyze" then
    attempts = attempts + 1
    if attempts == 1 then
      error("the service for analyses did not answer", 0)
    end
  end
  return { step = step, after = previous and previous.step, rows = 40 + #step }
end

-- The last checkpoint, and the number of its step.
local function lastCheckpoint(session)
  local checkpoints = Session.checkpoints(session)
  local last = checkpoints[#checkpoints]
  if last then
    return JSON.parse(Artifact.get(session, last.artifact).content), last.metadata.step_number
  end
  return nil, 0
end

local function process(session)
  local result, done = lastCheckpoint(session)
  for i = done + 1, #steps do
    print("Processing step: " .. steps[i])
    result = processStep(steps[i], result)
    Artifact.store(session, "system_generated", "checkpoint_" .. steps[i] .. ".json", JSON.stringify(result), {
      checkpoint = true,
      step_name = steps[i],
      step_number = i,
      tags = { "checkpoint", steps[i] },
    })
    -- What is saved survives a power loss, and the step is a place to replay and to fork from.
    Session.save(session)
  end
  return result
end

local session = Session.create({ name = "Long process" })
local ok, err = pcall(process, session)
print("Stopped: " .. err)
print("Going on after " .. #Session.checkpoints(session) .. " checkpoints")
local result = process(session)
Session.complete(session)
print(("Done with %s after %s"):format(result.step, result.after))
