-- A conversation with whoever sits at the standard input.
-- settings: {"providers.near.provider_type": "scripted", "providers.near.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.far.provider_type": "scripted", "providers.far.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.gone.provider_type": "openai", "providers.gone.base_url": "http://127.0.0.1:9", "providers.gone.max_retries": 0, "providers.default_provider": "near"}
local lines = { 'second', '/list', '/load nowhere', '', 'break', 'third', 'exit', 'never' }
local id = Session.create('Talk')
local result = LLM.execute({
  prompt = 'first',
  session_id = id,
  chat = true,
  input = function() return table.remove(lines, 1) end,
})
assert(result.session_id == id and result.response:find('third in turn 3', 1, true), result.response)
assert(#lines == 1 and lines[1] == 'never')
assert(#Session.data(id).messages == 6)

-- Nobody names a session: there is a new one. The end of the input is the end of the talk.
local other = LLM.execute({ chat = true, input = function() return nil end })
assert(other.session_id ~= id and Session.get(other.session_id).title == 'Chat')
