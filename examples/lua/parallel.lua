-- Looks at several sources side by side: at most three at once, each one's lookups in a coroutine of its own, and what
-- cannot be had does not stop the others. Kill it in the middle, and all of them go on where they were; the replay
-- takes them in the order in which their answers came.
--
--   npx llmspell run examples/lua/parallel.lua --pause 1
--   npx llmspell replay <run>

local pause = tonumber(ARGS.pause) or 0.01
local sources = { "archive", "library", "museum", "registry", "warehouse" }

-- Stands for a call that takes a while: the pause is another one for each source.
local function look_up(source, page)
  os.execute("sleep " .. pause * (#source % 4 + 1))
  if source == "museum" and page == 2 then
    error({ code = "CLOSED", message = "the museum is closed" })
  end
  return #source * page
end

local function pages_of(source)
  return coroutine.wrap(function()
    for page = 1, 3 do
      coroutine.yield(page, look_up(source, page))
    end
  end)
end

local running, most = 0, 0
local reports = parallel.map(sources, function(source)
  running = running + 1
  most = math.max(most, running)
  local guard <close> = setmetatable({}, { __close = function() running = running - 1 end })

  -- The session is this branch's own current one.
  local session = Session.create({ name = "Findings of the " .. source, tags = { "search" } })
  Session.setCurrent(session)
  local total = 0
  local ok, err = pcall(function()
    for page, found in pages_of(source) do
      total = total + found
      Artifact.store(session, "tool_result", "page-" .. page .. ".txt", tostring(found))
    end
  end)
  if not ok then
    Session.fail(session, err.message)
    error(err)
  end
  Session.complete(session)
  return total
end, { max_parallel = 3, settle = true })

for i, report in ipairs(reports) do
  print(("%-10s %s"):format(sources[i], report.ok and report.value or report.error.message))
end
print("At once: " .. most)

-- Branches may start branches: two questions, each with two sources.
local answers = parallel({
  function() return table.concat(parallel.map({ "a", "b" }, function(name) return name .. look_up(name, 1) end), "+") end,
  function() return table.concat(parallel.map({ "c", "d" }, function(name) return name .. look_up(name, 2) end), "+") end,
})
print("Answers: " .. table.concat(answers, ", "))
