-- Summarises a CSV file of sales into a report that stays: the file, the report and what was wrong with the file are
-- kept in a session, where later runs and the command line find them.
--
--   npx llmspell run examples/lua/quickstart.lua
--   npx llmspell session list

local path = arg[1] or (arg[0]:match("^.*/") or "") .. "../data/sales-2026-q4.csv"
local file = assert(io.open(path))

local function parse(line)
  local date, region, product, units, price = line:match("^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*)$")
  units, price = math.tointeger(units), tonumber(price)
  if units and price then
    return { month = date:sub(1, 7), region = region, product = product, revenue = units * price }
  end
end

local totals, skipped, rows, total = { month = {}, region = {}, product = {} }, {}, 0, 0
file:read() -- the names of the columns
for line in file:lines() do
  local sale = parse(line)
  if sale then
    rows, total = rows + 1, total + sale.revenue
    for key, sums in pairs(totals) do
      sums[sale[key]] = (sums[sale[key]] or 0) + sale.revenue
    end
  else
    skipped[#skipped + 1] = line
  end
end
file:close()

local report = { ("Revenue: %.2f from %d sales"):format(total, rows) }
for _, key in ipairs({ "month", "region", "product" }) do
  report[#report + 1] = ("\nBy %s"):format(key)
  local names = {}
  for name in pairs(totals[key]) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local sum = totals[key][name]
    report[#report + 1] = ("  %-14s %10.2f  %s"):format(name, sum, ("#"):rep(math.floor(sum / total * 40 + 0.5)))
  end
end
report = table.concat(report, "\n")
print(report)

local session = Session.create({ name = "Sales report", tags = { "sales", "report" } })
Artifact.storeFile(session, path, "user_input")
Artifact.store(session, "tool_result", "report.txt", report, { rows = rows, total = total })
if #skipped > 0 then
  Artifact.store(session, "system_generated", "skipped.csv", table.concat(skipped, "\n"), { rows = #skipped })
  print(("\n%d rows could not be read; they are kept as skipped.csv."):format(#skipped))
end
Session.complete(session)
print("\nSession " .. session)
