-- What one session stored, another part of the script finds by naming that session, ended or not.
local producer = Session.create({ tags = { "producer" } })
local artifact = Artifact.store(producer, "agent_output", "result.json", '{"n":1}', { tags = { "result" } })
Session.complete(producer)
Session.setCurrent(Session.create({ name = "Consumer" }))
for _, session in ipairs(Session.list({ tags = { "producer" } })) do
  local found = Artifact.query({ session_id = session.id, tags = { "result" } })
  assert(#found == 1 and found[1].id == artifact)
  assert(JSON.parse(Artifact.get(session.id, artifact).content).n == 1)
end
assert(#Artifact.query({ tags = { "result" } }) == 0, "the current session has none")
