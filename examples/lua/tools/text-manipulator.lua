-- The tool text-manipulator changes texts; its patterns can keep nobody waiting.
--
--   npx llmspell run examples/lua/tools/text-manipulator.lua

local function text(operation, input, options)
  return Tool["text-manipulator"]{ operation = operation, input = input, options = options }.result.result
end

print(text("snake_case", "HTTPRequestCount"), text("title_case", "the quick brown fox"))
print(text("truncate", "A long line that does not fit", { max_length = 12 }))
print(text("word_wrap", "The quick brown fox jumps over the lazy dog.", { width = 20 }))
print(text("replace", "2026-11-21", { from = "(\\d+)-(\\d+)-(\\d+)", to = "$3.$2.$1", regex = true }))

local mails = text("extract", "To ada@example.com and bob@example.org.", { from = "\\w+@\\w+\\.\\w+" })
print(text("join", mails, { delimiter = ", " }))
