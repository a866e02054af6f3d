-- settings: {"runtime.security.commands": ["echo *", "false", "sh -c 'kill -9 $$'"]}
-- expect-output: "one two\n\"quoted\"\n"
local ok, how, status = os.execute("echo one 'two'")
assert(ok == true and how == "exit" and status == 0)
os.execute([[echo '"quoted"']])
ok, how, status = os.execute("false")
assert(ok == nil and how == "exit" and status == 1)
ok, how, status = os.execute("sh -c 'kill -9 $$'")
assert(ok == nil and how == "signal" and status == 9)
local denied, err = pcall(os.execute, "ls -l")
assert(not denied and err.code == "POLICY_DENIED" and err.rule == "commands", tostring(err))
assert(err.hint:find('"ls -l"]', 1, true), err.hint)
for _, command in ipairs({ "echo $HOME", "echo a | cat", "echo `id`", "echo *.lua", "echo a; id", 'echo "$(id)"', "echo 'a" }) do
  denied, err = pcall(os.execute, command)
  assert(not denied and err.code == "POLICY_DENIED" and err.rule == "no_shell", command)
end
