-- One task from its input to its result: which model fits, what it says, who answers when it fails, and what it took.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/model-choice.lua

local session = Session.create({ name = "Summary of a text", tags = { "summary" } })

-- What goes in is kept as data; tables become JSON, and tables again.
local input = Artifact.storeData(session, {
  name = "input_query",
  data = { query = "Summarize the following text", text = "Durable runs outlive the process that they run in." },
  content_type = "json",
  metadata = { source = "user_input" },
})
local task = Artifact.get(session, input.id).data
print(("Input: %s, from %s, %d bytes"):format(task.query, input.metadata.source, input.size))

-- An interface is a provider with a model. Nothing is connected before something is asked.
local default = LLM.interface()
local vision = LLM.interface({ provider = "other" })
for _, model in ipairs({ default, vision }) do
  local can = model:capabilities()
  print(("%s/%s: %s tokens, vision %s"):format(model.provider, model.model, can.context_window, can.vision or "no"))
end

-- Requirements are checked before anything is paid.
local needs = { vision = true, max_context_tokens = 32000 }
for _, model in ipairs({ default, vision }) do
  local suits, reasons = model:validateForTask(needs)
  print(("%s is suitable: %s%s"):format(model.model, suits, suits and "" or ", " .. table.concat(reasons, ", ")))
end
print("The cheapest that calls tools: " .. LLM.select({ tools = true }))

-- A call may name who answers when its own provider can't.
local text, response = default:generate(task.query .. ": " .. task.text, {
  fallback = { "other" },
  max_retries = 0,
  max_tokens = 200,
})
print(text)
print(("%s answered, %d tokens"):format(response.provider, response.usage.total_tokens))
for _, failure in ipairs(response.metadata.failures or {}) do
  print(("  %s had failed: %s"):format(failure.provider, failure.code))
end

-- Results by name belong to the session; its summary counts everything.
Session.setResponse(session, "task_response", {
  success = response.success,
  metadata = { provider = response.provider, tokens = response.usage.total_tokens },
})
Artifact.storeData(session, { name = "summary", data = text, content_type = "text", metadata = { model = response.model } })
for _, artifact in ipairs(Artifact.list(session)) do
  print("  kept: " .. artifact.name .. ", " .. artifact.mime_type)
end
local ok, err = pcall(LLM.interface, { provider = "othre" })
print(ok, err.code, err.hint)
Session.complete(session)

local summary = Session.summary(session)
print(("%s: %s, %d artifacts, %d response"):format(summary.name, summary.status, summary.artifact_count,
  summary.response_count))
