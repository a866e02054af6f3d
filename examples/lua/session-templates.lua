-- Sessions of a kind: a template says what they have in common.
--
--   npx llmspell run examples/lua/session-templates.lua

local templates = {
  data_pipeline = {
    prefix = "DataPipeline-",
    tags = { "pipeline", "automated" },
    metadata = { pipeline_version = "2.0", retry_policy = "exponential_backoff", max_retries = 3 },
  },
  training = {
    prefix = "Training-",
    tags = { "ml", "training" },
    metadata = { framework = "tensorflow", gpu_required = true, checkpoint_interval = 1000 },
  },
}

local function createFromTemplate(template_name, name, metadata)
  local template = templates[template_name]
  if not template then
    error("unknown template: " .. template_name, 2)
  end
  local session = Session.create({
    name = template.prefix .. name,
    tags = template.tags,
    metadata = template.metadata,
  })
  if metadata then
    Session.updateMetadata(session, metadata)
  end
  return session
end

local sessions = {
  createFromTemplate("data_pipeline", "sales"),
  createFromTemplate("data_pipeline", "returns", { max_retries = 5 }),
  createFromTemplate("training", "digits"),
}
for _, id in ipairs(sessions) do
  local session = Session.get(id)
  print(("%-22s %-20s %s"):format(session.name, table.concat(session.tags, ", "), JSON.stringify(session.metadata, {
    sort_keys = true,
  })))
  Session.complete(id)
end

local ok, err = pcall(createFromTemplate, "unknown", "x")
print(err)
