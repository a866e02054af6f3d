-- The tool calculator evaluates expressions that somebody else wrote: they can do nothing but calculate.
--
--   npx llmspell run examples/lua/tools/calculator.lua

local reply = Tool.calculator{ input = "round(price * (1 + vat / 100), 2)", variables = { price = 80, vat = 19 } }
print(reply.result.result, reply.result.result_type)

-- What cannot be understood, or has no result, is said with its place.
for _, expression in ipairs{ "1 / (", "sqr(4)", "7 / 0" } do
  local failed = Tool.calculator{ input = expression }
  print(expression, failed.error.code, failed.error.message)
end

-- validate looks at an expression without values: which names does it need?
local checked = Tool.calculator{ operation = "validate", input = "principal * (1 + rate) ^ 10" }
local known, unknown = { principal = true }, {}
for _, name in ipairs(checked.result.variables) do
  if not known[name] then
    unknown[#unknown + 1] = name
  end
end
print("unknown names: " .. table.concat(unknown, ", "))

print(#Tool.calculator{ operation = "functions" }.result.functions .. " functions")
