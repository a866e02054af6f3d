-- Each call of the same snippet on a session that allows it.
local real = Session
local function fresh(steps)
  local id = real.create()
  for _, step in ipairs(steps) do
    real[step](id)
  end
  return id
end
local ids = {
  suspend = fresh({}),
  resume = fresh({ "suspend" }),
  complete = fresh({}),
  fail = fresh({ "suspend" }),
}
local session_id = "each call has its own"
local Session = setmetatable({}, {
  __index = function(_, name)
    return function(_, ...)
      return real[name](ids[name], ...)
    end
  end,
})

--> managing-session-state.lua

assert(real.get(ids.suspend).status == "suspended")
assert(real.get(ids.resume).status == "active")
assert(real.get(ids.complete).status == "completed")
assert(real.get(ids.fail).status == "failed")
assert(real.get(ids.fail).failure_reason == "Processing error occurred")
