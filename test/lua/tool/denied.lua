-- settings: {"runtime.security.deny_tools": ["compress*"]}
local ok, err = pcall(Tool.execute, "compression", { operation = "compress", input = "x" })
assert(not ok and err.code == "POLICY_DENIED" and err.rule == "deny_tools", tostring(err))
assert(Tool.execute("json-processor", { operation = "parse", input = "1" }).success)
