local session_id = Session.create()
local result_data = JSON.stringify({ revenue = 12.5 })
local good_id
local store = Artifact.store
Artifact.store = function(...)
  local id = store(...)
  good_id = good_id or id
  return id
end

--> meaningful-metadata.lua

local good = Artifact.get(session_id, good_id)
assert(good.metadata.fiscal_year == 2024 and math.type(good.metadata.fiscal_year) == "integer")
assert(good.metadata.quarter == 4 and good.metadata.processing_time_ms == 1234)
assert(good.metadata.analysis_type == "quarterly_revenue")
assert(table.concat(good.tags, ",") == "revenue,quarterly,financial")
local bad = Artifact.get(session_id, artifact_id)
assert(bad.name == "result.json" and next(bad.metadata) == nil and #bad.tags == 0)
assert(bad.content_hash == good.content_hash, "equal contents have one address")
local found = Artifact.query({ session_id = session_id, tags = { "revenue" } })
assert(#found == 1 and found[1].id == good_id)
