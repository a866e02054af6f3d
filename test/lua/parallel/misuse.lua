-- Wrong arguments start nothing, and say what was wrong.
local function refused(message, ...)
  local ok, err = pcall(...)
  assert(not ok and err.code == 'BAD_ARGUMENT' and err.message == message and err.line == 3, tostring(err))
end

local function started() error('started') end
refused("bad argument #1 to 'parallel' (list expected, got nil)", parallel)
refused("bad argument #1 to 'parallel' (list expected, got function)", parallel, started)
refused("bad argument #1 to 'parallel' (function expected at index 2, got number)", parallel, { started, 2 })
refused("bad argument #1 to 'parallel' (list expected, got a table with the key 'a')", parallel, { a = started })
refused("bad argument #2 to 'parallel' (table expected, got number)", parallel, { started }, 2)
refused("bad argument #2 to 'parallel' (field 'max_parallel': integer above 0 expected, got 0)",
  parallel, { started }, { max_parallel = 0 })
refused("bad argument #2 to 'parallel' (field 'max_parallel': integer above 0 expected, got 1.5)",
  parallel, { started }, { max_parallel = 1.5 })
refused("bad argument #2 to 'parallel' (field 'settle': boolean expected, got string)",
  parallel, { started }, { settle = 'yes' })
refused("bad argument #2 to 'parallel' (unknown field 'limit'; fields are max_parallel and settle)",
  parallel, { started }, { limit = 1 })
refused("bad argument #2 to 'parallel.map' (function expected, got nil)", parallel.map, { 1 })
refused("bad argument #3 to 'parallel.map' (table expected, got boolean)", parallel.map, { 1 }, started, true)

-- A branch is no coroutine of the script.
local ok, err = pcall(parallel, { function() coroutine.yield(1) end })
assert(not ok and err == 'misuse.lua:25: attempt to yield from outside a coroutine', err)
local is_main, is_yieldable = nil, nil
parallel({ function() is_main, is_yieldable = select(2, coroutine.running()), coroutine.isyieldable() end })
assert(is_main and not is_yieldable)

-- Where Lua can't be suspended, nothing can run beside it.
local co = coroutine.create(function()
  local closing <close> = setmetatable({}, { __close = function() ok, err = pcall(parallel, { started }) end })
  coroutine.yield()
end)
coroutine.resume(co)
coroutine.close(co)
assert(not ok and err.code == 'AWAIT_FORBIDDEN' and err.message == "'parallel' cannot wait for its answer here")

-- A recursion without end ends.
local function nest() parallel({ nest }) end
ok, err = pcall(nest)
assert(not ok and tostring(err):find("stack overflow ('parallel' inside 'parallel', 200 levels deep)", 1, true))
