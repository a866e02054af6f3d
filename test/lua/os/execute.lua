assert(os.execute() == false, 'there is no shell')
local ok, how, status = os.execute('sleep 0')
assert(ok == true and how == 'exit' and status == 0, 'sleep answers as a shell would')
assert(os.execute('sleep 0.001s'), 'fractions and units')
local denied, err = pcall(os.execute, 'rm -rf /')
assert(not denied and err.code == 'POLICY_DENIED' and err.hint, 'other commands are denied')
for _, command in ipairs({ 'sleep', 'sleep x', 'sleep 1; ls', 'sleep 1 2', '' }) do
  assert(not pcall(os.execute, command), 'no sleep: ' .. command)
end
local order = {}
local co = coroutine.wrap(function() order[1] = os.execute('sleep 0.001') end)
co()
assert(order[1] == true, 'waits in a coroutine')
