-- Measures operations and keeps the figures as artifacts, so that they can be compared between runs.
--
--   npx llmspell run examples/lua/performance.lua

local session = Session.create({ name = "Performance", tags = { "metrics" } })

local function measure(operation, work)
  local clock, memory = os.clock(), collectgarbage("count")
  local success, result = pcall(work)
  local figures = {
    operation = operation,
    success = success,
    duration_seconds = os.clock() - clock,
    memory_delta_kb = collectgarbage("count") - memory,
    timestamp = os.time(),
  }
  Artifact.store(session, "system_generated", "perf_" .. operation .. ".json", JSON.stringify(figures), {
    metric_type = "performance",
    operation = operation,
    tags = { "metrics", "performance" },
  })
  if not success then
    error(result, 0)
  end
  return result
end

local numbers = measure("fill", function()
  local list = {}
  for i = 1, 50000 do
    list[i] = (i * 7919) % 50021
  end
  return list
end)
measure("sort", function()
  table.sort(numbers)
end)
measure("store", function()
  for i = 1, 20 do
    Artifact.store(session, "tool_result", "part.txt", "part " .. i)
  end
end)
pcall(measure, "break", function()
  error("this one fails")
end)

for _, artifact in ipairs(Artifact.query({ session_id = session, tags = { "performance" } })) do
  local figures = JSON.parse(Artifact.get(session, artifact.id).content)
  local outcome = figures.success and "done" or "failed"
  print(("%-6s %-7s %8.1f ms %9.0f KB"):format(
    figures.operation, outcome, figures.duration_seconds * 1000, figures.memory_delta_kb))
end
Session.complete(session)
