-- The tool data-validator holds data against rules and names every place that breaks one.
--
--   npx llmspell run examples/lua/tools/data-validator.lua

local order = { name = "Ada", age = 200, mail = "ada@example", items = { { sku = "A-1" }, { sku = "b" } } }
local reply = Tool["data-validator"]{
  input = order,
  rules = {
    name = { "required" },
    age = { { type = "range", min = 0, max = 120 } },
    mail = { { type = "email", message = "is no address that mail reaches" } },
    items = { { type = "array", min_items = 1, item_rules = { sku = { { type = "pattern", regex = "^[A-Z]-\\d+$" } } } } },
  },
}
print("valid: " .. tostring(reply.result.valid))
for _, error in ipairs(reply.result.errors) do
  print(error.field, error.field .. " " .. error.message)
end
