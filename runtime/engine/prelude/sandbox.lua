-- Rebuilds the globals from the allow-list and keeps the originals for the other preludes.
--
-- `engine` is the table that every prelude gets: `allowed` (names by library), `functions` (host functions by path),
-- `await` (the token of a yield to the host), `null` (the value of JSON.null), `globals` (the table of globals),
-- `require_branches`, `require_wait`, `current_branch`, `start_branch` and `wake_branch` (see branches.lua).
-- This file adds `original`, the standard libraries as they were.
local engine = ...

local globals = engine.globals
local next = next
local original = {}
for name in next, engine.allowed do
  original[name] = name == '_G' and {} or globals[name]
end
for name, value in next, globals do
  original._G[name] = value
end
engine.original = original
engine.collect = globals.collectgarbage
engine.tostring = globals.tostring
engine.random_seed = original.math.randomseed

for name in next, original._G do
  globals[name] = nil
end
for library, names in next, engine.allowed do
  local target = globals
  if library ~= '_G' then
    -- A new table, so that the original one keeps naming the C functions in error messages.
    target = {}
    globals[library] = target
  end
  for i = 1, #names do
    target[names[i]] = original[library][names[i]]
  end
end
globals._G = globals

-- Strings find their methods in the table that scripts see; their metatable itself is closed.
local string_mark = original.debug.getmetatable('')
string_mark.__index = globals.string
string_mark.__metatable = false
original.arithmetic = string_mark

-- The metatable that tells an empty array from an empty table.
engine.array_mark = { __name = 'array', __metatable = 'array' }

-- Lua versions of C functions, by path: they serve the calls that may end in Lua code, which may wait for the host.
engine.suspendable = {}

-- Runs when a script has ended. A prelude that has something to bring to an end puts its own function here.
function engine.at_end() end
