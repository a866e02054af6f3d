local empty = Session.stats()
assert(empty.sessions == 0 and empty.artifacts == 0 and empty.artifact_bytes == 0)
local id = Session.create()
Session.suspend(Session.create())
Session.complete(Session.create())
Artifact.store(id, "user_input", "a.txt", "12345")
Artifact.store(id, "tool_result", "b.txt", "12345")
local stats = Session.stats()
assert(stats.sessions == 3 and stats.open_sessions == 2)
assert(stats.sessions_by_status.active == 1 and stats.sessions_by_status.suspended == 1)
assert(stats.sessions_by_status.completed == 1 and stats.sessions_by_status.failed == 0)
assert(stats.artifacts == 2 and stats.artifact_bytes == 10)
assert(stats.artifacts_by_type.user_input == 1 and stats.artifacts_by_type.tool_result == 1)

-- Both artifacts have one content.
assert(stats.contents >= 1 and stats.content_bytes >= 5 and stats.stored_bytes > 0)
assert(math.type(stats.dedup_ratio) == "float" and stats.dedup_ratio > 1)
assert(stats.compression_ratio >= 1)
local stored = stats.operations["artifact.store"]
assert(stored.count == 2 and stored.errors == 0)
assert(stored.max_ms <= stored.total_ms and stored.mean_ms == stored.total_ms / 2)
assert(not pcall(Session.complete, "nobody"))
local failed = Session.stats().operations["session.complete"]
assert(failed.count == 2 and failed.errors == 1)
