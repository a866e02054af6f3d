-- The tool json-processor reads, writes, queries, merges and checks JSON.
--
--   npx llmspell run examples/lua/tools/json-processor.lua

local json = Tool.get("json-processor")

-- Queries are those of jq; they work on tables as on parsed text.
local people = json{ operation = "parse", input = '[{"name":"Ada","age":36},{"name":"Bob","age":20},{"name":"Cleo","age":52}]' }
local older = json{ operation = "query", input = people.result, query = ".[] | select(.age > 30) | .name" }
print(table.concat(older.result, ", "))

-- A text with a document per line, as logs and exports are.
local lines = '{"region":"north","units":10}\n{"region":"south","units":12}\n{"region":"north","units":20}\n'
local sales = json{ operation = "stream", input = lines }
local totals = json{
  operation = "query",
  input = sales.result,
  query = "group_by(.region)[] | .[0].region + \" \" + (map(.units) | add | tostring)",
}
print(table.concat(totals.result, "\n"))

-- Later values win; tables are merged key by key.
local merged = json{ operation = "merge", input = { { limit = 10, tags = { "a" } }, { limit = 20 } } }
print(json{ operation = "stringify", input = merged.result, sort_keys = true }.result)

local checked = json{
  operation = "validate",
  input = { name = "Ada", age = "36" },
  schema = { type = "object", properties = { age = { type = "integer" } }, required = { "name" } },
}
print(checked.result.valid, checked.result.errors[1].path .. " " .. checked.result.errors[1].message)
