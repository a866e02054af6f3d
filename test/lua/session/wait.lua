local inbox = Session.create({ name = "inbox" })
Session.setCurrent(inbox)

local before = os.time()
Session.sleep(0.05)
Session.sleep(0)
assert(os.time() >= before)

local payload, came = Session.waitForEvent("nothing", 0.05)
assert(payload == nil and came == false)

-- Sent before they are waited for, taken in order, each once.
assert(Session.signal(inbox, "step", { n = 1 }) == true)
Session.signal("", "step", { n = 2 })
Session.signal(nil, "other")
local first = Session.waitForEvent("step")
local second, there = Session.wait_for_event("step", 10)
assert(first.n == 1 and second.n == 2 and there == true)
assert(select(2, Session.waitForEvent("step", 0)) == false)
local nothing, other = Session.waitForEvent("other", 1)
assert(nothing == nil and other == true)

local function refused(code, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and err.code == code, code .. " expected, got " .. tostring(err.code or err))
  return err.message
end
refused("SESSION_NOT_FOUND", Session.signal, "nobody", "step")
refused("BAD_ARGUMENT", Session.signal, inbox)
refused("BAD_ARGUMENT", Session.sleep, -1)
refused("BAD_ARGUMENT", Session.sleep, 1 / 0)
-- What is wrong is told of the function that was called, not of what is behind it.
local function wrong(expected, fn, ...)
  local message = refused("BAD_ARGUMENT", fn, ...)
  assert(message == "bad argument #" .. expected, message)
end
wrong("1 to 'Session.sleep' (number expected, got nil)", Session.sleep)
wrong("1 to 'Session.sleep' (seconds expected, 0 or more)", Session.sleep, 0 / 0)
wrong("1 to 'Session.waitForEvent' (string expected, got nil)", Session.waitForEvent)
wrong("2 to 'Session.waitForEvent' (number expected, got string)", Session.waitForEvent, "step", "1")
wrong("2 to 'Session.waitForEvent' (seconds expected, 0 or more)", Session.wait_for_event, "step", -1)

-- Events of a session go with it.
local again = Session.create({ id = "again/and again" })
Session.signal(again, "step", "old")
Session.delete(again)
Session.use(Session.create({ id = "again/and again" }))
assert(select(2, Session.waitForEvent("step", 0)) == false)
Session.setCurrent(nil)
refused("NO_CURRENT_SESSION", Session.waitForEvent, "step", 0)

local seq = Session.checkpoint(inbox, "half", { done = 1 })
assert(seq == nil or math.type(seq) == "integer")
refused("BAD_ARGUMENT", Session.checkpoint, inbox)
refused("BAD_ARGUMENT", Session.checkpoint, inbox, "")
refused("SESSION_NOT_FOUND", Session.checkpoint, "nobody", "half")
