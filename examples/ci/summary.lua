-- Groups orders by customer: the script whose behaviour examples/ci/replay.sh guards.
--
--   npx llmspell run examples/ci/summary.lua

-- Stands for a service: its answers are in the recording, so the test needs no network and no key.
local function fetchOrders(page)
  local rows = {}
  for i = 1, 3 do
    rows[i] = { customer = "customer " .. math.random(2), total = math.random(1000) }
  end
  local packed = Tool.execute("json-processor", { operation = "stringify", input = { page = page, rows = rows } })
  assert(packed.success)
  return rows
end

local session = Session.create({ name = "Summary of orders", metadata = { started = os.time() } })
local totals, names = {}, {}
for page = 1, 2 do
  for _, order in ipairs(fetchOrders(page)) do
    if not totals[order.customer] then
      names[#names + 1] = order.customer
    end
    totals[order.customer] = (totals[order.customer] or 0) + order.total
  end
end
table.sort(names)

local lines = {}
for i, name in ipairs(names) do
  lines[i] = name .. ": " .. totals[name]
end
Artifact.store(session, "agent_output", "summary.txt", table.concat(lines, "\n"))
Session.complete(session)
print(table.concat(lines, "\n"))
