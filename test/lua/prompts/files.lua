-- Prompts in files.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.default_model": "m"}

local function write(name, text)
  local file = assert(io.open(TEMP .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

write("plain.txt", "Say {{what}}.\n")
write("ignored.lua", "return 1")
write("full.md", [[
---
# How it is asked.
name = "facts"
system_prompt = """
You know
{{city}}."""
temperature = 0.5
stop = ["END"]
[variables]
city = "Bern"
---

Tell me of {{city}} and {{ river }}.
And of {{river}} again.
]])
write("simple.prompt", "---\r\nname: plan\r\ndepends_on: [facts, 'plain']\r\nmax_tokens: 50\r\nvariables:\r\n  days: 2\r\n"
  .. "---\r\nPlan {{days}} days by {{facts}} and {{plain}}.\r\n")

local prompts = LLM.loadPrompts(TEMP)
local names = {}
for name in pairs(prompts) do
  names[#names + 1] = name
end
table.sort(names)
assert(table.concat(names, " ") == "facts plain plan")
local facts, plan = prompts.facts, prompts.plan
assert(facts.user_prompt == "Tell me of {{city}} and {{ river }}.\nAnd of {{river}} again.")
assert(facts.system_prompt == "You know\n{{city}}." and facts.temperature == 0.5 and facts.stop[1] == "END")
assert(facts.variables.city == "Bern" and facts.source.lines.river == 13 and facts.source.lines.city == 13)
assert(plan.depends_on[1] == "facts" and plan.depends_on[2] == "plain" and plan.max_tokens == 50)
assert(plan.variables.days == 2 and prompts.plain.name == "plain" and LLM.load_prompts == LLM.loadPrompts)

-- Every function that asks takes them.
local session = Session.create()
local values = { variables = { river = "Aare", what = true } }
local function asked()
  local history = Session.history(session)
  return history[#history - 1].content
end
Session.generate(session, facts, values)
assert(asked() == "Tell me of Bern and Aare.\nAnd of Aare again.")
for _ in Session.stream(session, prompts.plain, values) do end
assert(asked() == "Say true.")
Session.generate(session, "In {{days}} days {{later}}", { variables = { days = 1.5 } })
assert(asked() == "In 1.5 days {{later}}")
local text = LLM.generate({ prompt = facts, variables = { river = "{{city}}" } })
assert(type(text) == "string")
local nodes = Session.executeParallel(session, { plan, facts, prompts.plain }, values)
for _, node in ipairs(nodes) do
  assert(Session.executionStatus(session, node).status == "completed")
end
assert(Session.getMessage(session, nodes[2]).parents[1])

-- A variable without a value is found before anything is asked.
local count = #Session.history(session)
for _, ask in ipairs({
  function() Session.generate(session, facts) end,
  function() Session.executePrompt(session, facts) end,
  function() Session.executeParallel(session, { facts, plan }) end,
  function() LLM.generate({ prompt = facts }) end,
}) do
  local ok, err = pcall(ask)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.prompt_line == 13 and err.variable == "river", tostring(err))
  assert(err.message:find("full.md:13: the variable 'river' has no value", 1, true))
end
assert(#Session.history(session) == count)
local ok, err = pcall(Session.generate, session, facts, { variables = { river = {} } })
assert(not ok and err.message:find("field 'variables.river': string, number or boolean expected, got table", 1, true))

-- Mistakes are told with their lines.
for text, expected in pairs({
  ["---\nname = 1\n---\nx"] = { 2, '"name" must be a text' },
  ["---\ntemprature = 1\n---\nx"] = { 2, 'a prompt has no key "temprature"' },
  ["---\nname = \n---\nx"] = { 2, "TOML syntax" },
  ["---\nname: x\nname: y\n---\nx"] = { 3, '"name" is there twice' },
  ["---\nname: x\ntools: [a\n---\nx"] = { 3, "the list has no end" },
  ["---\nname: x\nsystem_prompt: |\n---\nx"] = { 3, "more than simple lines" },
  ["---\nname: x\n- item\n---\nx"] = { 3, 'a line of "key: value" expected' },
  ["---\n[variables]\na = []\n---\nx"] = { 3, 'the variable "a" must be' },
  ["---\nname = 'x'\nx"] = { 1, "the front matter has no end" },
  ["---\nname = 'x'\n---\n \n"] = { 6, "the prompt has no text" },
}) do
  write("bad.md", text)
  local ok, err = pcall(LLM.loadPrompts, TEMP)
  assert(not ok and err.code == "CONFIG" and err.prompt_line == expected[1], text .. tostring(err))
  assert(err.message:find(expected[2], 1, true) and err.message:find("bad.md:" .. expected[1], 1, true), tostring(err))
end
write("bad.md", "---\nname = 'facts'\n---\nx")
local ok, err = pcall(LLM.loadPrompts, TEMP)
assert(not ok and err.message:find('two prompts have the name "facts"', 1, true))

-- What is not open stays closed, and what is not there is said so.
local ok, err = pcall(LLM.loadPrompts, "/etc")
assert(not ok and err.code == "POLICY_DENIED")
local ok, err = pcall(LLM.loadPrompts, TEMP .. "/nowhere")
assert(not ok and err.code == "FILE_NOT_FOUND")
local ok, err = pcall(LLM.loadPrompts)
assert(not ok and err.message:find("bad argument #1 to 'LLM.loadPrompts' (string expected, got nil)", 1, true))
