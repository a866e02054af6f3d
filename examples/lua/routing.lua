-- A talk that two models share: the one here while this machine has room, the one elsewhere while it can be reached.
-- Lines of the standard input go on with it.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/routing.lua

-- Where a model counts as is told by its server; these two could be anywhere, so it is said.
local here, elsewhere = LLM.interface({ provider = "main" }), LLM.interface({ provider = "other" })
LLM.hookModel({ type = here.provider, name = here.model, location = "local" })
LLM.hookModel({ type = elsewhere.provider, name = elsewhere.model, location = "cloud" })

-- Looked at before each call. 101 percent: this machine always has room, so that this example prints the same anywhere.
LLM.hookAgent("resource", { cpu_max = 101, memory_max = 101, gpu_max = 101 })
LLM.hookAgent("connectivity", { latency_threshold = 200, bandwidth_threshold = 5 })

local session = Session.create({
  title = "Product Demo Session",
  metadata = { category = "demo", customer = "Acme Inc" },
})
Session.use(session)

local function show(result)
  local decision, load = result.routing_decision, result.agent_checks.resource
  print(("[%s, %s: %s; machine %s]"):format(result.model_id, decision.target, decision.reason, load.state))
end

-- Streamed to the standard output as it comes.
show(LLM.execute({ prompt = "Tell me about the features.", session_id = session, stream = true }))

-- The next one knows what was said before.
local second = LLM.execute({ prompt = "How does routing work?", session_id = session })
print(second.response)
show(second)

-- A talk with whoever sits at the standard input, until "exit" or its end.
local talk = LLM.execute({ prompt = "And when the network is away?", session_id = session, chat = true })
print("Chat ended: " .. tostring(talk.session_id == session))

local path = os.tmpname()
Session.export(session, path)
print(("Exported: %d messages"):format(#JSON.parse(io.open(path):read("a")).messages))
os.remove(path)
Session.complete(session)
LLM.shutdown()
