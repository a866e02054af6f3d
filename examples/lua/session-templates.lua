-- Sessions of a kind: a template says what they have in common.
--
--   npx llmspell run examples/lua/session-templates.lua

Session.defineTemplate("data_pipeline", {
  name_prefix = "DataPipeline-",
  tags = { "pipeline", "automated" },
  metadata = { pipeline_version = "2.0", retry_policy = "exponential_backoff", max_retries = 3 },
})
Session.defineTemplate("training", {
  name_prefix = "Training-",
  tags = { "ml", "training" },
  metadata = { framework = "tensorflow", gpu_required = true, checkpoint_interval = 1000 },
})

local sessions = {
  Session.createFromTemplate("data_pipeline", "sales"),
  Session.createFromTemplate("data_pipeline", { name = "returns", tags = { "slow" }, metadata = { max_retries = 5 } }),
  Session.createFromTemplate("training", "digits"),
}
for _, id in ipairs(sessions) do
  local session = Session.get(id)
  print(("%-22s %-25s %s"):format(session.name, table.concat(session.tags, ", "), JSON.stringify(session.metadata, {
    sort_keys = true,
  })))
  Session.complete(id)
end

local ok, err = pcall(Session.createFromTemplate, "unknown", "x")
print(err)
