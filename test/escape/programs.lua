-- settings: {"runtime.security.commands": ["printf %s *", "env", "cat -- notes-*.txt", "pwd", "sleep *"], "runtime.security.secrets": ["PATH"]}
local function run(program, arguments, more)
  local args = { executable = program, arguments = arguments }
  for key, value in pairs(more or {}) do args[key] = value end
  return Tool.execute("process-executor", args)
end

local function denied(program, arguments, more)
  local ok, answer = pcall(run, program, arguments, more)
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(code == "POLICY_DENIED" or code == "TOOL_ARGUMENTS" or code == "BAD_ARGUMENT" or code == "FILE_NOT_FOUND", program .. ": " .. tostring(code))
end

-- tries: to start programs that no pattern names
-- must: POLICY_DENIED
for _, program in ipairs({ "sh", "/bin/sh", "bash", "ls", "cat", "node", "printfx", "PRINTF", "print", "printf\n", " printf", "printf ",
  "./printf", "../../bin/sh", "env;sh", "env && sh", "$(sh)", "`sh`", "env|sh", "*", "?", "[a-z]*", "", "~", "-", "--", "%s" }) do
  denied(program, {})
end

-- tries: to give arguments that the pattern does not have, or in another order
-- must: POLICY_DENIED
denied("printf", {})
denied("printf", { "-v", "x" })
denied("printf", { "x", "%s" })
denied("env", { "sh" })
denied("env", { "-i", "sh", "-c", "id" })
denied("env", { "LD_PRELOAD=/tmp/x.so", "sh" })
denied("pwd", { "-P" })
denied("cat", { "notes-1.txt" })
denied("cat", { "--", CANARY })
denied("cat", { "--", "notes-1.txt", CANARY })
denied("cat", { "-- notes-1.txt" })
denied("env", { "" })

-- tries: to have a shell take arguments apart
-- must: each argument is what it is
for _, text in ipairs({ "$(touch " .. CANARY .. ")", "`id`", "; id", "&& id", "| id", "> " .. CANARY, "$PATH", "~", "*", "-n", "--help", "a\nb", "'\"", "%n%s" }) do
  local answer = run("printf", { "%s", text })
  assert(answer.success and answer.result.stdout == text, JSON.stringify(answer))
end

-- tries: to cut words with NUL, and to give what is no text
-- must: BAD_ARGUMENT
denied("printf\0", { "%s" })
denied("printf", { "%s", "a\0b" })
denied("printf", { "%s", "\255\254" })
for _, arguments in ipairs({ { {} }, { true }, { 1 }, "x", { a = 1 } }) do assert(not pcall(run, "printf", arguments)) end

-- tries: to reach files through a pattern of names
-- must: a star in a word stands for any characters; what the program opens then is its own affair, without links of the call
local answer = run("cat", { "--", "notes-/../../outside/canary.txt" }, { cwd = ROOT })
assert(not answer.success or answer.result.exit_code ~= 0, JSON.stringify(answer))

-- tries: to set the variables by which programs load other code
-- must: POLICY_DENIED
for _, name in ipairs({ "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "NODE_OPTIONS", "BASH_ENV", "ENV", "PYTHONPATH", "PERL5OPT", "GIT_SSH_COMMAND",
  "PATH", "HOME", "IFS", "__proto__", "constructor", "PATH=x\nLD_PRELOAD", "a=b", "", "\0" }) do
  denied("env", {}, { env = { [name] = "/tmp/x.so" } })
end

-- tries: to smuggle variables with newlines, NUL and equals signs in open ones
-- must: they stay one variable
-- settings: {"runtime.security.commands": ["env"], "runtime.security.environment": ["OPEN_ONE"]}
denied("env", {}, { env = { ["OPEN_ONE=1\0LD_PRELOAD"] = "x" } })
denied("env", {}, { env = { OPEN_ONE = "1\0LD_PRELOAD=x" } })
local answer = run("env", {}, { env = { OPEN_ONE = "1\nLD_PRELOAD=x" } })
assert(answer.success, JSON.stringify(answer))
assert(select(2, answer.result.stdout:gsub("OPEN_ONE=1\nLD_PRELOAD=x", "")) == 1, answer.result.stdout)

-- tries: to find variables of the host in those of a program
-- must: there are only the ones that every program needs
local answer = run("env", {})
assert(answer.success, JSON.stringify(answer))
for name in answer.result.stdout:gmatch("([%w_]+)=") do
  assert(name == "PATH" or name == "HOME" or name == "LANG" or name == "LC_ALL" or name == "TZ" or name == "TMPDIR" or name == "_", name)
end

-- tries: to have a program print a secret that it was given
-- must: its value is taken out
local answer = run("env", {}, { env = { PATH = Secret.get("PATH") } })
assert(answer.success and answer.result.stdout:find("PATH=***", 1, true), JSON.stringify(answer))
denied("env", {}, { env = { OTHER = Secret.get("PATH") } })
denied("env", {}, { env = { HOME = { secret = "HOME" } } })

-- tries: to start programs in folders that are closed
-- must: POLICY_DENIED
for _, cwd in ipairs({ "/", "/etc", ROOT .. "/..", ROOT .. "/../outside", LINKS .. "/folder", "/proc/self", "..", "\0", "" }) do
  local ok, answer = pcall(run, "pwd", {}, { cwd = cwd })
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(code, cwd)
end

-- tries: to put a program of its own in the place of an allowed one
-- must: a name without a slash is searched in PATH only
local file <close> = assert(io.open(ROOT .. "/pwd", "w"))
file:write("#!/bin/sh\necho mine\n")
file:close()
local answer = run("pwd", {}, { cwd = ROOT })
assert(answer.success and not answer.result.stdout:find("mine", 1, true), JSON.stringify(answer))
denied(ROOT .. "/pwd", {}, { cwd = ROOT })
denied("./pwd", {}, { cwd = ROOT })

-- tries: to keep a program running beyond its time, and to flood its outputs
-- must: TOOL_TIMEOUT, and outputs that are cut
local answer = run("sleep", { "60" }, { timeout_ms = 200 })
assert(answer.error.code == "TOOL_TIMEOUT", JSON.stringify(answer))
answer = run("printf", { "%s", ("x"):rep(100000) }, { max_output_bytes = 10 })
assert(answer.success and #answer.result.stdout == 10 and answer.result.stdout_truncated, JSON.stringify(answer))

-- tries: to give more arguments and input than a program can take
-- must: an error, or an answer
local ok, answer = pcall(run, "printf", { "%s", ("x"):rep(10000000) })
assert(not ok or answer.error.code == "TOO_LARGE", JSON.stringify(answer))
local many = {}
for i = 1, 5000 do many[i] = "x" end
assert(not pcall(run, "printf", many))
answer = run("pwd", {}, { stdin = ("x"):rep(5000000) })
assert(answer.success, JSON.stringify(answer))

-- tries: to start programs by os.execute and io.popen where patterns are open
-- must: the same rules hold
for _, command in ipairs({ "sh -c id", "env sh", "printf %s x; id", "pwd && id", "printf %s `id`", "cat -- " .. CANARY, "pwd > " .. CANARY }) do
  local ok, done = pcall(os.execute, command)
  assert(not ok or not done, command)
  local opened, pipe = pcall(io.popen, command)
  if opened and pipe then assert(not pipe:read("a"):find("uid=", 1, true), command) end
end

-- tries: to name a program by paths that lead elsewhere
-- must: what a pattern allows is one file
denied("/bin/../bin/sh", {})
denied("/proc/self/exe", { "-e", "1" })
denied("/proc/self/root/bin/sh", {})
denied(LINKS .. "/folder/x", {})
denied(("/bin/"):rep(10000) .. "pwd", {})
denied("/dev/null", {})
