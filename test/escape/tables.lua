local function csv(operation, input, options)
  return Tool.execute("csv-analyzer", { operation = operation, input = input, options = options })
end

local function fine(answer, ...)
  if answer.success then return answer.result end
  for _, code in ipairs({ ... }) do if answer.error.code == code then return end end
  error(answer.error.code .. ": " .. answer.error.message)
end

-- tries: to have formulas of spreadsheets counted as formulas
-- must: cells are texts, and come back as they are
for _, cell in ipairs({ "=1+1", "=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "=HYPERLINK(\"http://a\")" }) do
  local quoted = '"' .. cell:gsub('"', '""') .. '"'
  local result = fine(csv("convert", "a,b\n" .. quoted .. ",1\n", { format = "json" }))
  assert(result.output[1].a == cell, JSON.stringify(result))
  result = fine(csv("filter", "a,b\n" .. quoted .. ",1\n", { filter = "b == 1" }))
  assert(fine(csv("convert", result.output, { format = "json" })).output[1].a == cell, result.output)
end

-- tries: to reach JavaScript through expressions over columns
-- must: TOOL_ARGUMENTS, or a value that is none of JavaScript's
for _, source in ipairs({ "constructor", "a.constructor", "a['constructor']", "__proto__", "this", "process.exit()", "toString()",
  "constructor.constructor('return process')()", "globalThis", "import('fs')", "a => a", "`${a}`", "/a/", "new Date()", "a; b", "a := 5" }) do
  local ok, answer = pcall(csv, "filter", "a,b\n1,2\n", { filter = source })
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(code == "TOOL_ARGUMENTS" or code == "TOOL_FAILED", source .. " " .. tostring(code))
  assert(not Tool.execute("calculator", { input = source }).success, source)
end

-- tries: to name columns as keys of every object
-- must: they are columns
local result = fine(csv("convert", "__proto__,constructor,toString\n1,2,3\n", { format = "json" }))
assert(result.output[1]["__proto__"] == 1 and result.output[1].constructor == 2, JSON.stringify(result))
assert(fine(csv("analyze", "__proto__,__proto__,\n1,2,3\n")).column_count == 3)
fine(csv("transform", "__proto__,b\n1,2\n", { rename = { ["__proto__"] = "constructor" }, add = { ["hasOwnProperty"] = "b * 2" } }))
fine(csv("validate", "__proto__\n1\n", { rules = { ["__proto__"] = "integer" } }))

-- tries: to give a table more columns, rows and cells than there is room for
-- must: TOO_LARGE
-- memory: 96
local wide = {}
for i = 1, 9000 do wide[i] = "c" .. i end
wide = table.concat(wide, ",")
for _, answer in ipairs({
  csv("analyze", (","):rep(1000000) .. "\n"),
  csv("transform", wide .. "\n" .. ("1\n"):rep(1000000), {}),
  csv("convert", "a\n" .. ("1\n"):rep(100000) .. (","):rep(9000), { format = "json" }),
}) do
  assert(answer.error.code == "TOO_LARGE", JSON.stringify(answer):sub(1, 200))
end
assert(fine(csv("analyze", ("a,"):rep(9000) .. "\n")).column_count == 9001)

-- tries: to have one column written again and again
-- must: TOO_LARGE
-- memory: 96
local added = {}
for i = 1, 1000 do added["n" .. i] = "a" end
local answer = csv("transform", "a\n" .. ("1\n"):rep(20000), { add = added })
assert(answer.error.code == "TOO_LARGE", JSON.stringify(answer):sub(1, 200))
answer = csv("transform", "a,b\n" .. ("x"):rep(1000000) .. ",2\n", { add = added })
assert(answer.error.code == "TOO_LARGE", JSON.stringify(answer):sub(1, 200))

-- tries: to drop and take columns by lists that are longer than the table
-- must: an answer in time
local names = {}
for i = 1, 200000 do names[i] = "c" .. (i % 3000 + 1) end
local header = {}
for i = 1, 3000 do header[i] = "c" .. i end
fine(csv("transform", table.concat(header, ",") .. "\n1\n", { drop = names }), "TOO_LARGE", "TOOL_ARGUMENTS")

-- tries: to confuse the reader with quotes, NUL, marks and endings
-- must: a table or an error
for _, text in ipairs({ "", "\n", '"', '""', '"""', 'a,"b', 'a"b,c\n', "\0,\0\n\0", "\239\187\191a,b\n1,2", "a\rb\rc", "a\r\nb\n\rc", ("\n"):rep(100000),
  ('"'):rep(100001), ('a,"b\n'):rep(20000), ("\0"):rep(1000), "a;b|c\td,e\n", "\u{2028}\u{2029},\n" }) do
  for _, operation in ipairs({ "analyze", "sample" }) do fine(csv(operation, text), "TOOL_FAILED", "TOO_LARGE") end
end
assert(csv("analyze", "\255\254\n").error.code == "TOOL_ARGUMENTS")

-- tries: to give a huge field, and a huge number
-- must: an answer
-- memory: 96
fine(csv("analyze", "a,b\n" .. ("x"):rep(5000000) .. ",2\n"))
for _, number in ipairs({ "1e400", "-1e400", "0x10", "1_000", ("9"):rep(10000), "NaN", "Infinity", "1e99", "٣" }) do
  fine(csv("filter", "a\n" .. number .. "\n", { filter = "a > 1" }), "TOOL_FAILED", "TOOL_ARGUMENTS")
end

-- tries: to keep the host busy with patterns in rules of cells
-- must: patterns take as long as the text
local answer = csv("validate", "a\n" .. ("a"):rep(5000) .. "!\n", { rules = { a = "pattern:^(a+)+$" } })
assert(answer.success and not answer.result.valid, JSON.stringify(answer):sub(1, 200))
local ok, refused = pcall(csv, "validate", "a\n1\n", { rules = { a = "pattern:(a)\\1" } })
assert(ok and refused.error.code == "TOOL_ARGUMENTS", tostring(refused))
