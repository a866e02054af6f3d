-- A run that others replay: it reads the clock and chance, keeps an artifact, fails once, and returns what it did.
local session = Session.create({ name = 'recorded', tags = { 'replay' } })
Session.setCurrent(session)
local drawn = math.random(1000000)
local packed = Tool.execute('json-processor', { operation = 'stringify', input = { drawn = drawn } })
Artifact.store(session, 'tool_result', 'drawn.json', ('%d '):rep(2000):format(table.unpack((function()
  local numbers = {}
  for i = 1, 2000 do
    numbers[i] = i
  end
  return numbers
end)())))
local ok, err = pcall(Session.resume, session)
assert(not ok and err.code == 'SESSION_STATE')
local content = Artifact.get(session, Artifact.list(session)[1].id).content
print('drawn', drawn, #content)
Session.complete(session)
return { session = session, drawn = drawn, packed = packed.success, time = os.time() }
