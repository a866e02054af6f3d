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
end
refused("SESSION_NOT_FOUND", Session.signal, "nobody", "step")
refused("BAD_ARGUMENT", Session.signal, inbox)
refused("BAD_ARGUMENT", Session.sleep, -1)
Session.setCurrent(nil)
refused("NO_CURRENT_SESSION", Session.waitForEvent, "step", 0)

local seq = Session.checkpoint(inbox, "half", { done = 1 })
assert(seq == nil or math.type(seq) == "integer")
refused("BAD_ARGUMENT", Session.checkpoint, inbox)
