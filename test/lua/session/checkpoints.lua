local id = Session.create()
local first = Artifact.store(id, "system_generated", "checkpoint_load.json", "{}", {
  checkpoint = true, step_name = "load", tags = { "checkpoint" },
})
Artifact.store(id, "tool_result", "between.json", "{}", { checkpoint = false })
local second = Artifact.store(id, "system_generated", "done.json", "{}", { checkpoint = true, n = 2 })
local found = Session.checkpoints(id)
assert(#found == 2 and found[1].artifact == first and found[2].artifact == second)
assert(found[1].label == "load" and found[2].label == "done.json" and found[2].name == "done.json")
assert(found[2].metadata.n == 2 and math.type(found[1].created_at) == "integer")
Session.setCurrent(id)
assert(#Session.checkpoints() == 2)
