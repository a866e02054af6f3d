local function processStep(step)
  return step == "report" and { pages = 3 } or step .. " is done"
end

--> checkpointing.lua

local session_id = Session.create()
longRunningProcess(session_id)

local stored = Artifact.list(session_id)
assert(#stored == 4 and stored[1].name == "checkpoint_validate.json")
local last = JSON.parse(Artifact.get(session_id, stored[4].id).content)
assert(last.step == "report" and last.step_number == 4 and last.result.pages == 3)
assert(math.type(last.timestamp) == "integer" and last.timestamp <= os.time())
assert(stored[2].metadata.checkpoint == true and stored[2].metadata.step_name == "transform")

local checkpoints = Session.checkpoints(session_id)
assert(#checkpoints == 4)
assert(checkpoints[1].label == "validate" and checkpoints[4].label == "report")
