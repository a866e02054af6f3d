-- Streams: pieces as they come, and the answer behind the last one.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local pieces = {}
local text, response = LLM.generate{ prompt = "a b c", on_token = function(token, about)
  assert(about.type == "text")
  pieces[#pieces + 1] = token
end }
assert(table.concat(pieces) == text and text == "tiny heard: a b c")
assert(response.usage.output_tokens > 0)

local stream = LLM.stream("x y")
local joined = ""
for token in stream do joined = joined .. token end
assert(joined == "tiny heard: x y" and stream.response.text == joined)

-- A loop that is left breaks the answer off.
for _ in LLM.stream{ prompt = "left" } do break end

local session = Session.create()
Session.setCurrent(session)
for token in Session.stream(nil, "in a session") do assert(#token > 0) end
assert(#Session.history(session) == 2)
for _ in Session.stream(nil, "left") do break end
assert(#Session.history(session) == 2, "an answer that was broken off is not kept")
local told = {}
Session.generate(session, "again", { on_token = function(token) told[#told + 1] = token end })
assert(table.concat(told) == "tiny heard: again" and #Session.history(session) == 4)

local ok, err = pcall(LLM.generate, { prompt = "fail with 400", on_token = print })
assert(not ok and err.code == "PROVIDER_BAD_REQUEST")
local broken, why = pcall(LLM.generate, { prompt = "x", on_token = function() error("enough", 0) end })
assert(not broken and why == "enough")
