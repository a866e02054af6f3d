local function text(operation, input, options)
  return Tool.execute("text-manipulator", { operation = operation, input = input, options = options })
end

local function too_large(answer)
  assert(answer.success == false and answer.error.code == "TOO_LARGE", JSON.stringify(answer):sub(1, 200))
end

-- tries: to keep the host busy with patterns that go back again and again
-- must: an answer, or TOO_LARGE
for _, pattern in ipairs({ "(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b", "((a{1,100}){1,10})" }) do
  for _, operation in ipairs({ "replace", "extract", "split" }) do
    local ok, answer = pcall(text, operation, ("a"):rep(50000) .. "!", { from = pattern, to = "", regex = true, delimiter = pattern })
    assert(ok and (answer.success or answer.error.code == "TOO_LARGE" or answer.error.code == "TOOL_ARGUMENTS"), tostring(answer))
  end
end

-- tries: to use what only other engines of patterns have, and patterns that are none
-- must: TOOL_ARGUMENTS
for _, pattern in ipairs({ "(a)\\1", "(?=a)", "(?<!a)b", "(?R)", "(", "[", "*", "a{99999}", "(?{print})", ("("):rep(3000), "\\" }) do
  local ok, answer = pcall(text, "replace", "aaa", { from = pattern, to = "", regex = true })
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(code == "TOOL_ARGUMENTS", pattern:sub(1, 20) .. " " .. tostring(code))
end

-- tries: to make texts grow without end
-- must: TOO_LARGE
-- memory: 96
too_large(text("replace", ("a"):rep(100000), { from = "a", to = ("b"):rep(1000) }))
too_large(text("replace", ("a"):rep(100000), { from = "a", to = ("$0"):rep(1000), regex = true }))
too_large(text("indent", ("a\n"):rep(100000), { spaces = 1000 }))
local list = {}
for i = 1, 10000 do list[i] = "x" end
too_large(text("join", list, { delimiter = ("y"):rep(10000) }))

-- tries: to have a text turned round of which each character takes memory
-- must: it is turned round
-- memory: 96
local plain = text("reverse", ("ab"):rep(2000000))
assert(plain.success and plain.result.result:sub(1, 4) == "baba", JSON.stringify(plain):sub(1, 200))
local marked = text("reverse", "e" .. ("\u{301}"):rep(200000) .. "x")
assert(marked.success and marked.result.result:sub(1, 2) == "xe", JSON.stringify(marked):sub(1, 200))
local families = text("reverse", ("👨‍👩‍👧‍👦"):rep(20000) .. "x")
assert(families.success and families.result.result:sub(1, 5) == "x👨", JSON.stringify(families):sub(1, 200))

-- tries: to reach beyond a text with counts, and to give what is no count
-- must: TOOL_ARGUMENTS, or what there is
for _, count in ipairs({ -1, 0, 0.5, 1e300, 0 / 0, 2 ^ 53, math.maxinteger, "1", {} }) do
  for _, name in ipairs({ "start", "end", "limit", "max_length", "spaces", "width" }) do
    for _, operation in ipairs({ "substring", "truncate", "indent", "word_wrap", "split" }) do
      local ok, answer = pcall(text, operation, "some text", { start = 0, [name] = count })
      local code = ok and (answer.error or {}).code or not ok and answer.code
      assert(not code or code == "TOOL_ARGUMENTS" or code == "TOO_LARGE", operation .. name .. tostring(code))
    end
  end
end

-- tries: to keep the host busy with templates of braces that never close
-- must: an answer in time
for _, piece in ipairs({ "{{", "{{{", "{{!--", "{{#", "{{/", "{{{{!--{{{", "}}", "{{}}", "{%", "{#", "{% if a %}",
  "{% raw %}", "{{ a | upper", "{% set a = [" }) do
  local ok, answer = pcall(Tool.execute, "template-creator", { input = piece:rep(math.floor(900000 / #piece)) })
  assert(ok and (answer.success or answer.error.code == "TOOL_FAILED"), piece)
end

-- tries: to run code in templates, or to see what is in no context
-- must: nothing of JavaScript is there
for _, input in ipairs({ "{{constructor}}", "{{this.constructor}}", "{{__proto__}}", "{{a.constructor.constructor}}", "{{#with constructor}}{{name}}{{/with}}",
  "{{lookup this 'constructor'}}", "{{toString}}", "{{@root.constructor}}", "{{a.length.constructor}}", "{{process.env.PATH}}", "{{../../constructor}}",
  "{{ constructor | default(value='') }}", "{{ a.constructor.constructor | default(value='') }}", "{{ get_env(name='PATH') }}",
  "{% include '/etc/passwd' %}", "{{ __tera_context | default(value='') }}", "{{ [].constructor | default(value='') }}" }) do
  local ok, answer = pcall(Tool.execute, "template-creator", { input = input, context = { a = "x" } })
  assert(ok and (not answer.success or answer.result.rendered == ""), input .. JSON.stringify(answer))
end

-- tries: to fill templates that grow without end
-- must: TOO_LARGE
-- memory: 96
local list = {}
for i = 1, 300 do list[i] = ("x"):rep(1000) end
too_large(Tool.execute("template-creator", {
  input = "{{#each l}}{{#each l}}{{#each l}}{{this}}{{/each}}{{/each}}{{/each}}", context = { l = list } }))
too_large(Tool.execute("template-creator", { input = ("{{json l}}"):rep(1000), context = { l = list } }))

-- tries: to keep the host busy with texts and values that have nothing in common
-- must: TOO_LARGE, or a difference
-- time: 30000
-- memory: 96
local a, b = {}, {}
for i = 1, 15000 do a[i], b[i] = "a" .. i, "b" .. i end
for _, format in ipairs({ "unified", "context", "inline", "simple" }) do
  local answer = Tool.execute("diff-calculator", { old_text = table.concat(a, "\n"), new_text = table.concat(b, "\n"), format = format })
  assert(answer.success or answer.error.code == "TOO_LARGE", JSON.stringify(answer):sub(1, 200))
end
assert(Tool.execute("diff-calculator", { type = "json", old_json = a, new_json = b }).success)
assert(Tool.execute("diff-calculator", { type = "json", old_json = '{"__proto__":1}', new_json = '{"__proto__":2}' }).result.stats.changes == 1)

-- tries: to keep the host busy with rules and values without end
-- must: TOO_LARGE, TOOL_ARGUMENTS or an answer
-- time: 30000
-- memory: 96
local function validate(input, rules)
  local ok, answer = pcall(Tool.execute, "data-validator", { input = input, rules = rules })
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(not code or code == "TOO_LARGE" or code == "TOOL_ARGUMENTS" or code == "VALUE_UNSUPPORTED", tostring(code))
  return ok and answer.result
end
local values, wanted, rules = {}, {}, {}
for i = 1, 20000 do values[i], wanted[i] = "v" .. i, "w" .. i end
for i = 1, 5000 do rules[i] = { type = "length", min = 0 } end
validate(values, { { type = "array", item_rules = { { type = "enum", values = wanted } } } })
validate(values, { { type = "array", item_rules = rules } })
validate(("a"):rep(100000) .. "!", { { type = "pattern", regex = "^(a+)+$" } })
local deep = { { type = "required" } }
for _ = 1, 100 do deep = { { type = "array", item_rules = deep } } end
validate({}, deep)
assert(validate({ constructor = 1 }, { { type = "object", properties = {}, additional_properties = false } }).valid == false)
assert(validate({}, { { type = "object", required = { "constructor", "toString" } } }).valid == false)

-- tries: to see the host's variables and files in queries of jq, or to run for ever in them
-- must: there is nothing, and an end
-- time: 30000
local function query(source, input)
  return Tool.execute("json-processor", { operation = "query", input = input or { 1 }, query = source })
end
local seen = JSON.stringify(query("env, $ENV"))
assert(not seen:find("VITEST", 1, true) and not seen:find("NODE", 1, true), seen)
for _, source in ipairs({ 'import "/etc/passwd" as $d; $d', 'include "/etc/passwd"; .', 'import "x" as x {search: "/etc"}; .', '@sh "x" | input', "input_filename | error",
  "$__prog_args", "getpath([\"a\"]; 1)", "[limit(100000000; repeat(1))]" }) do
  local ok, answer = pcall(query, source)
  assert(not ok or not answer.success, source .. JSON.stringify(answer):sub(1, 200))
end

-- tries: to convert files outside, through links, and from encodings that they do not have
-- must: POLICY_DENIED, or TOOL_FAILED
for _, path in ipairs({ CANARY, LINKS .. "/file", LINKS .. "/dangling", LINKS .. "/device", "/etc/passwd", ROOT .. "/../outside/canary.txt" }) do
  for _, operation in ipairs({ "encoding", "line_endings", "indentation" }) do
    local answer = Tool.execute("file-converter", { operation = operation, path = path, backup = true })
    assert(answer.error.code == "POLICY_DENIED" or answer.error.code == "FILE_NOT_FOUND", path .. JSON.stringify(answer))
  end
end
local path = ROOT .. "/text.txt"
local file <close> = assert(io.open(path, "wb"))
file:write("\255\254\0\216odd")
file:close()
for _, from in ipairs({ "auto", "utf-8", "utf-16le", "utf-16be", "ascii" }) do
  local answer = Tool.execute("file-converter", { operation = "encoding", path = path, from_encoding = from, target_path = ROOT .. "/" .. from })
  assert(not answer.success and answer.error.code == "TOOL_FAILED", from)
end
for _, target in ipairs({ CANARY, LINKS .. "/dangling", LINKS .. "/folder/new.txt", ROOT .. "/llmspell.toml", ROOT, "/dev/null" }) do
  local answer = Tool.execute("file-converter", { operation = "encoding", path = path, from_encoding = "latin1", target_path = target })
  assert(not answer.success, target)
end
