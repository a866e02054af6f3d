-- Branches: threads of a script that the host drives side by side. They change places only where they wait; what must
-- not be done by two of them at once is done in a place of its own.
local engine = ...

local await, branches = engine.await, engine.branches
local create, raw_yield = engine.original.coroutine.create, engine.original.coroutine.yield
local start, current, wake = engine.start_branch, engine.current_branch, engine.wake_branch
local require_wait = engine.require_wait
local setmetatable = setmetatable

-- Runs `fn` as a branch of its own once the running one waits.
function engine.start_branch(fn)
  local co = create(fn)
  branches[co] = true
  start(co)
end

-- Waits until one of the branches that the running one has started ends.
function engine.await_branch()
  raw_yield(await)
end

-- Ids of the branches that wait for something, by what that is.
local queues = {}

-- Waits until another branch says that `what` has changed. `name` is the function that waits, for messages.
local function wait_for(what, name)
  require_wait(name)
  local queue = queues[what] or {}
  queues[what] = queue
  queue[#queue + 1] = current()
  raw_yield(await)
end
engine.wait_for = wait_for

local function changed(what)
  local queue = queues[what] or {}
  queues[what] = nil
  for i = 1, #queue do
    wake(queue[i])
  end
end
engine.changed = changed

-- The places that a branch is in.
local taken = {}

local Place = {
  __close = function(self)
    taken[self.place] = nil
    changed(self.place)
  end,
}

-- Waits until no other branch is in a place, and takes it: local place <close> = engine.take(file, 'read')
function engine.take(place, name)
  while taken[place] do
    wait_for(place, name)
  end
  taken[place] = true
  return setmetatable({ place = place }, Place)
end

-- Leaves all places: the branches that were in them are gone.
function engine.leave_places()
  taken, queues = {}, {}
end
