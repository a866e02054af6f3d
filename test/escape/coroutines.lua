-- tries: to receive the token with which a call of the host waits
-- must: no value that a script sees is one
local function none(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    assert(type(value) ~= "userdata", "a token")
  end
  return ...
end
local co = coroutine.create(function() none(Session.sleep(0)) return none(coroutine.yield(1)) end)
none(coroutine.resume(co))
none(coroutine.resume(co, 2))
none(coroutine.wrap(function() return Session.sleep(0) end)())
for value in coroutine.wrap(function() Session.sleep(0) coroutine.yield(1) end) do none(value) end
none(pcall(Session.sleep, 0))
none(xpcall(Session.sleep, none, 0))
none(table.unpack(parallel({ function() return Session.sleep(0) or 1 end })))

-- tries: to forge a call that waits by yielding what the host yields
-- must: a yield of the script reaches the script
local co = coroutine.create(function(...) return coroutine.yield(...) end)
local ok, a, b = coroutine.resume(co, JSON.null, 1)
assert(ok and rawequal(a, JSON.null) and b == 1 and coroutine.status(co) == "suspended")
ok, a = coroutine.resume(co, "x")
assert(ok and a == "x")

-- tries: to yield to the host outside of a coroutine
-- must: it is refused
local ok, err = pcall(coroutine.yield, JSON.null, 1)
assert(not ok and tostring(err):find("outside a coroutine", 1, true))
ok, err = pcall(parallel, { function() coroutine.yield(1) end })
assert(not ok)

-- tries: to resume a coroutine that waits for the host, from another branch
-- must: it is refused, and the waiting call gets its own answer
local co = coroutine.create(function() return Session.create({ name = "inside" }) end)
local ok, id, refused, why
parallel({
  function() ok, id = coroutine.resume(co) end,
  function() refused, why = coroutine.resume(co, "forged") end,
})
assert(ok and #id == 36 and refused == false, tostring(why))

-- tries: to close a coroutine that waits for the host, from another branch
-- must: it is refused, and the waiting call gets its own answer
local co = coroutine.create(function() return Session.create({ name = "inside" }) end)
local ok, id, closed
parallel({
  function() ok, id = coroutine.resume(co) end,
  function() closed = pcall(coroutine.close, co) end,
})
assert(ok and #id == 36 and closed == false)

-- tries: to resume and close the thread of the script and of branches
-- must: it is refused
local main = coroutine.running()
assert(coroutine.resume(main) == false and not pcall(coroutine.close, main))
local other
parallel({
  function() other = coroutine.running() Session.sleep(0) end,
  function()
    assert(coroutine.resume(other) == false)
    assert(not pcall(coroutine.close, other))
    assert(coroutine.resume(main) == false and not pcall(coroutine.close, main))
    assert(not pcall(coroutine.wrap(function() return coroutine.close(main) end)))
  end,
})

-- tries: to resume dead coroutines, and those of branches that have ended
-- must: it is refused
local co = coroutine.create(function() end)
coroutine.resume(co)
assert(coroutine.resume(co) == false and coroutine.close(co) == true)
local thread
parallel({ function() thread = coroutine.running() end })
assert(coroutine.resume(thread) == false)

-- tries: to resume a coroutine from itself, and two from each other
-- must: it is refused
local co
co = coroutine.create(function() return coroutine.resume(co) end)
local _, ok = coroutine.resume(co)
assert(ok == false)
local a, b
a = coroutine.create(function() return coroutine.resume(b) end)
b = coroutine.create(function() return coroutine.resume(a) end)
assert(coroutine.resume(a))

-- tries: to keep a coroutine suspended between its error and the end of its variables
-- must: it goes on where it was
local co = coroutine.wrap(function()
  return pcall(function()
    local x <close> = setmetatable({}, { __close = function() coroutine.yield("closing") Session.sleep(0) end })
    error("late", 0)
  end)
end)
assert(co() == "closing")
local ok, err = co()
assert(not ok and err == "late")

-- tries: to close a coroutine whose variables wait for the host when they are closed
-- must: the wait is refused or done, and nothing hangs
local co = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() Session.sleep(0) end })
  coroutine.yield()
end)
coroutine.resume(co)
pcall(coroutine.close, co)
assert(coroutine.status(co) == "dead")
assert(#Session.create({}) == 36)

-- tries: to wait below functions of C that cannot wait
-- must: AWAIT_FORBIDDEN or an answer, never a broken stack
local function wait() return #Session.create({}) end
for _, action in ipairs({
  function() table.sort({ 3, 2, 1 }, function(a, b) wait() return a < b end) end,
  function() ("abc"):gsub(".", function() wait() end) end,
  function() load(function() wait() end) end,
  function() tostring(setmetatable({}, { __tostring = function() wait() return "x" end })) end,
  function() string.format("%s", setmetatable({}, { __tostring = function() wait() return "x" end })) end,
  function() for _ in ipairs(setmetatable({}, { __index = function() wait() end })) do end end,
  function() for _ in pairs(setmetatable({}, { __pairs = function() wait() return next, {} end })) do end end,
  function() table.insert(setmetatable({}, { __newindex = function() wait() end }), 1) end,
  function() table.concat(setmetatable({}, { __len = function() wait() return 0 end })) end,
  function() table.unpack(setmetatable({}, { __len = function() wait() return 0 end })) end,
  function() next(setmetatable({}, { __index = wait })) end,
  function() select(setmetatable({}, { __index = wait }), 1) end,
  function() math.max(1, setmetatable({}, { __lt = wait })) end,
  function() utf8.char(setmetatable({}, { __index = wait })) end,
  function() string.rep(setmetatable({}, { __tostring = wait }), 2) end,
  function() rawlen(setmetatable({}, { __len = wait })) end,
  function() for _ in ("a b"):gmatch("%a") do wait() end end,
  function() ("a"):gsub("a", setmetatable({}, { __index = function() wait() end })) end,
  function() warn(setmetatable({}, { __tostring = wait })) end,
  function() os.date(setmetatable({}, { __tostring = wait })) end,
}) do
  local ok, err = pcall(action)
  assert(ok or type(err) == "string" or err.code == "AWAIT_FORBIDDEN" or err.code == "BAD_ARGUMENT", tostring(err))
  assert(wait() == 36)
end

-- tries: to nest coroutines until the stack of C ends
-- must: an error of Lua
local function nest(depth)
  local ok, err = coroutine.resume(coroutine.create(function() return nest(depth + 1) end))
  if not ok then error(err, 0) end
  return err
end
local ok, err = pcall(nest, 1)
assert(not ok and tostring(err):find("overflow", 1, true) or tostring(err):find("memory", 1, true), tostring(err))

-- tries: to make a hundred thousand coroutines that all wait to be resumed
-- must: they live within the memory of the run, or it says that there is none left
local list = {}
local ok, err = pcall(function()
  for i = 1, 100000 do
    list[i] = coroutine.create(function() coroutine.yield(i) end)
    coroutine.resume(list[i])
  end
end)
assert(ok or tostring(err):find("not enough memory", 1, true), tostring(err))
list = nil
collectgarbage()
assert(#Session.create({}) == 36)

-- tries: to start branches without end
-- must: the run stops them by its memory or says that there are too many
-- ends: completed or LIMIT_MEMORY
-- memory: 16
local ok, err = pcall(parallel.map, (function() local t = {} for i = 1, 50000 do t[i] = i end return t end)(), function()
  Session.sleep(0.01)
end)
assert(ok or tostring(err):find("memory", 1, true) or err.code == "TOO_LARGE", tostring(err))

-- tries: to nest branches in branches without end
-- must: an error says that they are too deep
local function nest() return parallel({ nest })[1] end
local ok, err = pcall(nest)
assert(not ok and tostring(err):find("overflow", 1, true), tostring(err))

-- tries: to wrap the functions that make coroutines in one another
-- must: calls of the host get their answers still
local resume, wrap = coroutine.resume, coroutine.wrap
coroutine.resume = function(...) return resume(...) end
coroutine.wrap = function(fn) return wrap(function(...) return wrap(fn)(...) end) end
assert(coroutine.wrap(function() return #Session.create({}) end)() == 36)
local _, size = coroutine.resume(coroutine.create(function() return #Session.create({}) end))
assert(size == 36)
