local done, failed, open = Session.create(), Session.create(), Session.create()
Artifact.store(done, "user_input", "a.txt", "content")
Session.complete(done)
Session.fail(failed)

local report = Session.cleanup({ older_than = 0, dry_run = true })
assert(report.count == 2 and #report.sessions == 2 and report.dry_run == true)
assert(#Session.list() == 3, "a dry run removes nothing")
assert(Session.cleanup({ older_than = 3600 }).count == 0, "nothing is that old")

report = Session.cleanup({ older_than = 0, status = "failed" })
assert(report.count == 1 and report.sessions[1] == failed and report.dry_run == false)

-- The current session stays in any case.
Session.setCurrent(done)
assert(Session.cleanup({ older_than = 0 }).count == 0)
Session.setCurrent(nil)
assert(Session.cleanup({ older_than = 0 }).count == 1)
assert(#Session.list() == 1 and Session.list()[1].id == open and Session.stats().artifacts == 0)
assert(Session.cleanup({ older_than = 0, status = { "active", "suspended" } }).count == 1)

local function refused(message, ...)
  local ok, err = pcall(Session.cleanup, ...)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find(message, 1, true), err.message)
end
refused("(table expected, got no value)")
refused("field 'older_than': seconds expected", {})
refused("field 'older_than': seconds expected", { older_than = -1 })
refused("field 'older_than': number expected, got string", { older_than = "7d" })
refused('field \'status\': one of active, suspended, completed, failed expected, got "done"',
  { older_than = 0, status = "done" })
