-- settings: {"runtime.security.secrets": ["PATH", "NOT_SET_AT_ALL"]}
-- Handles of secrets stand for values that nothing shows.
local key = Secret.get("PATH")

assert(tostring(key) == "[secret PATH]")
assert(string.format("%s", key) == "[secret PATH]")
assert(key.secret == "PATH")
assert(getmetatable(key) == "Secret")
assert(not pcall(setmetatable, key, {}))
assert(not pcall(function() return "Bearer " .. key end))
assert(JSON.stringify(key) == '{"secret":"PATH"}')

-- A variable that is a secret reads as its handle, even if it may be read.
assert(tostring(os.getenv("PATH")) == "[secret PATH]")
assert(os.getenv("NOT_SET_AT_ALL") == nil)
assert(os.getenv("HOME") == nil)

-- A handle is data: it survives storage, and stays what it is.
State.set("key", key)
assert(State.get("key").secret == "PATH")

assert(Secret.exists("PATH") and not Secret.exists("NOT_SET_AT_ALL") and not Secret.exists("HOME"))
assert(table.concat(Secret.list(), ",") == "NOT_SET_AT_ALL,PATH")

local ok, err = pcall(Secret.get, "HOME")
assert(not ok and err.code == "POLICY_DENIED")
assert(err.hint:find('secrets = ["PATH","NOT_SET_AT_ALL","HOME"]', 1, true), err.hint)
assert(err.hint:find("[runtime.security]", 1, true))

ok, err = pcall(Secret.get, "NOT_SET_AT_ALL")
assert(not ok and err.code == "SECRET_NOT_FOUND")
assert(err.message == "the environment variable NOT_SET_AT_ALL is not set")

ok, err = pcall(Secret.get)
assert(not ok and err.code == "BAD_ARGUMENT")
