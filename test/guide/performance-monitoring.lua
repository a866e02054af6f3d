--> performance-monitoring.lua

local session_id = Session.create()
local kept = {}
local result = trackPerformance(session_id, "fill", function()
  for i = 1, 20000 do
    kept[i] = { i }
  end
  return "filled"
end)
assert(result == "filled")
local ok, err = pcall(trackPerformance, session_id, "break", function()
  error({ code = "BROKEN" })
end)
assert(not ok and err.code == "BROKEN", "the error value itself comes back")

local stored = Artifact.query({ session_id = session_id, tags = { "metrics" } })
assert(#stored == 2 and stored[1].metadata.operation == "break")
local metrics = {}
for _, artifact in ipairs(stored) do
  assert(artifact.name:find("^perf_%a+_%d+%.json$"), artifact.name)
  local metric = JSON.parse(Artifact.get(session_id, artifact.id).content)
  metrics[metric.operation] = metric
end
assert(metrics.fill.success == true and metrics["break"].success == false)
assert(math.type(metrics.fill.duration_seconds) == "float" and metrics.fill.duration_seconds >= 0)
assert(metrics.fill.memory_delta_kb > 100, metrics.fill.memory_delta_kb)
assert(math.type(metrics.fill.timestamp) == "integer")
