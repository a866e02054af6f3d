-- Models that call tools: the loop, and what is kept of it.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

Tool.define{
  name = "add",
  description = "Adds two numbers",
  parameters = { type = "object", properties = { a = { type = "number" }, b = { type = "number" } }, required = { "a", "b" } },
  run = function(args) return args.a + args.b end,
}
local upper = { name = "upper", description = "Capitals", parameters = { type = "object" }, run = function(args) return args.text:upper() end }
local session = Session.create{ tools = { "add", upper } }

local seen = {}
local response = Session.generateWithTools(session, "add two and three", {
  on_tool_call = function(call) seen[#seen + 1] = call.name .. call.arguments.a end,
})
assert(response.content == "The tool says: 5" and response.rounds == 1 and seen[1] == "add2")
local made = response.tool_calls_made[1]
assert(made.name == "add" and made.content == "5" and made.is_error == false and made.arguments.b == 3)

local history = Session.history(session)
local roles = {}
for i, message in ipairs(history) do roles[i] = message.role end
assert(table.concat(roles, " ") == "user assistant tool assistant")
assert(history[2].content == "Let me see." and history[2].tool_calls[1].id == history[3].tool_call_id)
assert(history[3].name == "add" and history[3].content == "5")
local both = history[2].usage.total_tokens + history[4].usage.total_tokens
assert(response.usage.total_tokens == both, "the response answers for all rounds")
assert(Session.summary(session).usage.total_tokens == both)

-- Several calls in one answer: results in the order of the calls.
response = Session.generateWithTools(session, "both")
assert(response.tool_calls_made[1].content == "3" and response.tool_calls_made[2].content == "X")
assert(#response.tool_calls_made == 2 and response.rounds == 1)

-- What goes wrong is told to the model.
local function told(prompt, text, options)
  local response = Session.generateWithTools(session, prompt, options)
  local call = response.tool_calls_made[1]
  assert(call.is_error == true and call.content:find(text, 1, true), call.content)
  assert(response.content:find(text, 1, true))
  local history = Session.history(session)
  assert(history[#history - 1].parts[1].is_error == true)
end
told("malformed", "not JSON of an object: {a: 1")
told("unknown tool", 'There is no tool "secret-tool". Tools: add, upper.')
told("misfit", "TOOL_ARGUMENTS: bad argument to the tool \"add\": /a must be number")
told("stringify", 'There is no tool "json-processor"')
told("add two and three", "refused", { on_tool_call = function() return false end })
local explode = { name = "explode", description = "Fails", run = function() error("boom", 0) end }
told("explode", "TOOL_FAILED: boom", { tools = { explode } })

-- Registered tools of the runtime, for one call.
assert(Session.generateWithTools(session, "stringify", { tools = { "json-processor" } }).content == 'The tool says: {"a":1}')
assert(Session.generate_with_tools(session, "add two and three").content == "The tool says: 5")
local told = {}
Session.generateWithTools(session, "add two and three", { on_token = function(token) told[#told + 1] = token end })
assert(table.concat(told) == "Let me see.The tool says: 5")

-- Messages in place of the history.
local count = #Session.history(session)
response = Session.generateWithTools(session, "add two and three", { messages = { "hello" } })
assert(response.content == "The tool says: 5" and #Session.history(session) == count + 4)

-- The cap.
local ok, err = pcall(Session.generateWithTools, session, "again and again", { max_tool_calls = 3 })
assert(not ok and err.code == "LIMIT_TOOL_CALLS" and err.limit == 3 and err.made == 3)
local ok, err = pcall(Session.generateWithTools, session, "again and again")
assert(not ok and err.made == 25, "25 when nothing is said")

-- A session without tools, and a definition that has lost its function.
local bare = Session.create()
local ok, err = pcall(Session.generateWithTools, bare, "x")
assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find("there are none", 1, true))
Session.addTool(bare, "add")
Session.addTool(bare, upper)
assert(Session.generateWithTools(bare, "both").tool_calls_made[2].content == "X")
local ok, err = pcall(Session.addTool, bare, "no-such-tool")
assert(not ok and err.code == "TOOL_NOT_FOUND")
local stored = Session.create{ tools = { { name = "lost", description = "d", parameters = { type = "object" } } } }
local ok, err = pcall(Session.generateWithTools, stored, "x")
assert(not ok and err.code == "TOOL_NOT_FOUND" and err.message:find("no function in this run", 1, true))
assert(#Session.history(stored) == 0)
