-- The tool csv-analyzer looks at tables in CSV and changes them.
--
--   npx llmspell run examples/lua/tools/csv-analyzer.lua

local csv = Tool.get("csv-analyzer")
local sales = "product,region,units,price\nlamp,north,40,12\ndesk,,5,310\nlamp,south,12,12\n"

for _, column in ipairs(csv{ input = sales }.result.columns) do
  print(("%s: %s, %s to %s"):format(column.name, column.type, column.min, column.max))
end

-- Filters and new columns are expressions of the calculator.
local totals = csv{
  operation = "transform",
  input = sales,
  options = { add = { total = "units * price" }, drop = { "price" }, sort_by = "total", descending = true },
}
print(totals.result.output)
print(csv{ operation = "filter", input = sales, options = { filter = 'product == "lamp" and units > 20' } }.result.output)

local records = csv{ operation = "convert", input = sales, options = { format = "json" } }.result.output
print(#records, records[1].units + records[3].units)

local checked = csv{ operation = "validate", input = sales, options = { rules = { region = "required" } } }
for _, error in ipairs(checked.result.errors) do
  print(("row %d: %s %s"):format(error.row, error.column, error.error))
end
