--> session-templates.lua

local first = Session.get(createFromTemplate("data_pipeline", "sales"))
assert(first.name == "DataPipeline-sales" and first.tags[1] == "pipeline")
assert(first.metadata.pipeline_version == "2.0" and first.metadata.max_retries == 3)
local training = Session.get(createFromTemplate("ml_training", "digits"))
assert(training.name == "MLTraining-digits" and training.metadata.gpu_required == true)
assert(training.metadata.checkpoint_interval == 1000)

-- Sessions from one template share nothing with it.
templates.data_pipeline.metadata.max_retries = 5
templates.data_pipeline.tags[1] = "changed"
assert(Session.get(first.id).metadata.max_retries == 3 and Session.get(first.id).tags[1] == "pipeline")

local ok, err = pcall(createFromTemplate, "unknown", "x")
assert(not ok and err:find("Unknown template: unknown$"), err)
