-- settings: {"tools.mcp.near.command": "$NODE", "tools.mcp.near.args": ["$MCP"]}
local function call(name, args) return Tool.execute("near/" .. name, args or {}) end

-- tries: to take the place of other tools, or to be a path, with the names of a server's tools
-- must: names are names below that of the server, fit for everybody who shows them
for _, tool in ipairs(Tool.discover({ category = "mcp" })) do
  assert(tool.name:match("^near/[%w_./-]+$") and #tool.name <= 200, ("%q"):format(tool.name:sub(1, 200)))
  assert(not tool.description:find("[\0-\8\11-\31\127]"), ("%q"):format(tool.description))
end
assert(not Tool.exists("near/") and not Tool.exists("near/line\nbreak") and not Tool.exists("near/\27[2Jred"))
assert(Tool.exists("calculator") and Tool.execute("calculator", { input = "1 + 1" }).result.result == 2)
for _, name in ipairs({ "near/__proto__", "near/constructor", "near/toString", "__proto__/x", "near", "/", "near/near/ok", "../near/ok" }) do
  local ok, answer = pcall(Tool.execute, name, {})
  assert(ok and answer.success or answer.code == "TOOL_NOT_FOUND", name .. tostring(answer))
end

-- tries: to answer more than there is room for
-- must: the connection ends, or there is no memory
local ok, answer = pcall(call, "huge")
assert(not ok or not answer.success, "it was answered")
assert(call("ok").result.text == "fine")

-- tries: to answer what is nested without end
-- must: an error that can be caught
local ok, answer = pcall(call, "deep")
assert(not ok or not answer.success, JSON.stringify(answer):sub(1, 200))
assert(call("ok").result.text == "fine")

-- tries: to answer what is no answer
-- must: TOOL_FAILED, or TOOL_TIMEOUT for what the protocol has no word for
-- settings: {"tools.mcp.near.command": "$NODE", "tools.mcp.near.args": ["$MCP"], "tools.mcp.near.timeout_ms": 2000}
for _, name in ipairs({ "wrong", "nothing", "other" }) do
  local answer = call(name)
  assert(answer.error.code == "TOOL_FAILED" or answer.error.code == "TOOL_TIMEOUT", name .. JSON.stringify(answer))
end
assert(call("ok").result.text == "fine")

-- tries: to change shared objects by answers
-- must: keys are keys
local answer = call("proto")
assert(answer.success or answer.error.code == "TOOL_FAILED", JSON.stringify(answer))

-- tries: to ask back for models, folders and people
-- must: nothing is given but errors, and the answer of a ping
local answer = call("ask")
assert(answer.success, JSON.stringify(answer))
for _, said in ipairs(JSON.parse(answer.result.text)) do
  assert(type(said) == "number" and said < 0 or type(said) == "table" and next(said) == nil, answer.result.text)
end

-- tries: to write what nobody understands between its answers, and to tell a thousand times of new tools
-- must: the answer is found
assert(call("noise").result.text == "fine")
assert(call("ok").result.text == "fine")

-- tries: to answer never
-- must: TOOL_TIMEOUT
-- settings: {"tools.mcp.near.command": "$NODE", "tools.mcp.near.args": ["$MCP"], "tools.mcp.near.timeout_ms": 300}
local answer = call("slow")
assert(answer.error.code == "TOOL_TIMEOUT", JSON.stringify(answer))

-- tries: to keep the host busy with the pattern of a schema
-- must: patterns take as long as the text
local ok, answer = pcall(call, "pattern", { a = ("a"):rep(50) .. "!" })
assert(not ok and answer.code == "TOOL_ARGUMENTS", tostring(answer))
assert(call("pattern", { a = "aaa" }).result.text == "matched")

-- tries: to end in the middle of a call
-- must: TOOL_FAILED, and the next call finds a new server
assert(call("crash").error.code == "TOOL_FAILED")
assert(call("ok").result.text == "fine")

-- tries: to reach tools that the configuration denies, by another spelling
-- must: POLICY_DENIED or no such tool
-- settings: {"tools.mcp.near.command": "$NODE", "tools.mcp.near.args": ["$MCP"], "runtime.security.deny_tools": ["near/*"]}
for _, name in ipairs({ "near/ok", "near//ok", "near/./ok", "NEAR/ok", "near/ok ", "near\0/ok" }) do
  local ok, answer = pcall(Tool.execute, name, {})
  assert(not ok and (answer.code == "POLICY_DENIED" or answer.code == "TOOL_NOT_FOUND"), name .. tostring(answer))
end

-- tries: to pass a server what cannot be said in JSON
-- must: an error that can be caught
for _, value in ipairs({ 0 / 0, 1 / 0, "\255\254", print, coroutine.create(print) }) do
  local ok, answer = pcall(call, "ok", { a = value })
  assert(not ok or answer.success == false or answer.success, tostring(answer))
end
local cycle = {}
cycle.cycle = cycle
assert(not pcall(call, "ok", cycle))
