-- settings: {"runtime.sessions.enabled": false}
local calls = {
  function() Session.create() end,
  function() Session.get("x") end,
  function() Artifact.store("x", "user_input", "a", "b") end,
  function() Artifact.list("x") end,
}
for _, call in ipairs(calls) do
  local ok, err = pcall(call)
  assert(not ok and err.code == "SESSIONS_DISABLED" and err.key == "runtime.sessions.enabled")
end
assert(Tool.execute("json-processor", { operation = "parse", input = "[1]" }).result[1] == 1)
State.set("still", "there")
assert(State.get("still") == "there")
