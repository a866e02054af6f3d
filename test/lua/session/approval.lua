local release = Session.create({ id = "release" })
Session.setCurrent(release)

local function refused(code, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and err.code == code, code .. " expected, got " .. tostring(err.code or err))
  return err
end

-- Nobody answers.
local answer, came = Session.waitForApproval(release, "deploy", { timeout = 0.05 })
assert(answer == nil and came == false)
refused("QUESTION_NOT_FOUND", Session.approve, release, "deploy")

-- One branch asks, another one answers as soon as it is asked.
local function asked(name, options, reply)
  return table.unpack(parallel({
    function() return { Session.waitForApproval(nil, name, options) } end,
    function()
      for _ = 1, 1000 do
        local ok, err = pcall(Session.approve, release, name, reply)
        if ok then return assert(err == true) end
        assert(err.code == "QUESTION_NOT_FOUND", err)
        Session.sleep(0.01)
      end
    end,
  })[1])
end
answer, came = asked("deploy", { question = "Deploy?", data = { build = 12 } }, { comment = "go" })
assert(came == true and answer.approved == true and answer.comment == "go")
assert(math.type(answer.answered_at) == "integer" and answer.answered_at <= os.time())
local twice = refused("QUESTION_STATE", Session.approve, release, "deploy")
assert(twice.message:find("was answered already: approved", 1, true), twice.message)

-- It is a name of its own: events of that name are another thing, and it may be asked again.
Session.signal(release, "deploy", "an event")
answer = asked("release", nil, { approved = false })
assert(answer.approved == false and answer.comment == nil)
answer = asked("rollback", { timeout = 60 }, { approved = true })
assert(answer.approved == true)
assert(Session.waitForEvent("deploy", 0) == "an event")

refused("SESSION_NOT_FOUND", Session.waitForApproval, "nobody", "deploy")
refused("SESSION_NOT_FOUND", Session.approve, "nobody", "deploy")
refused("BAD_ARGUMENT", Session.waitForApproval, release)
refused("BAD_ARGUMENT", Session.wait_for_approval, release, "")
local err = refused("BAD_ARGUMENT", Session.waitForApproval, release, "x", { timeout = -1 })
assert(err.message:find("bad argument #3 to 'Session.waitForApproval'", 1, true), err.message)
refused("BAD_ARGUMENT", Session.waitForApproval, release, "x", { question = {} })
refused("BAD_ARGUMENT", Session.waitForApproval, release, "x", 5)
refused("BAD_ARGUMENT", Session.approve, release, "x", { approved = "yes" })
refused("QUESTION_NOT_FOUND", Session.approve, release, "deploy", { run = "another" })
-- A misspelt field would agree, or wait for ever.
refused("BAD_ARGUMENT", Session.approve, release, "x", { aproved = false })
refused("BAD_ARGUMENT", Session.waitForApproval, release, "x", { time_out = 1 })
Session.setCurrent(nil)
refused("NO_CURRENT_SESSION", Session.waitForApproval, nil, "deploy")
