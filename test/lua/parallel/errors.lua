-- An error of one function is raised once all that run have ended; of several, that of the first in the list.
local ended = {}
local function work(name, ms, err)
  return function()
    os.execute('sleep ' .. ms / 1000)
    ended[#ended + 1] = name
    if err ~= nil then
      error(err, 0)
    end
    return name
  end
end

local ok, err = pcall(parallel, { work('a', 20, 'first'), work('b', 1, 'second'), work('c', 30) })
assert(not ok and err == 'first')
assert(table.concat(ended, ' ') == 'b a c')

-- Errors stay what they are.
local mark = setmetatable({}, { __tostring = function() return 'mark' end })
for _, value in ipairs({ mark, 17, 'text', false }) do
  ok, err = pcall(parallel, { function() error(value, 0) end })
  assert(not ok and rawequal(err, value))
end
ok, err = pcall(parallel, { function() error() end })
assert(not ok and err == nil)
ok, err = pcall(parallel, { function() return Session.complete('nobody') end })
assert(not ok and err.code == 'SESSION_NOT_FOUND' and err.line == 26)
ok, err = pcall(parallel.map, { 1 }, function() local t = nil return t.x end)
assert(err == "errors.lua:28: attempt to index a nil value (local 't')", err)

-- Once one has failed, no more are started.
ended = {}
ok, err = pcall(parallel, { work('a', 5, 'no'), work('b', 10), work('c', 1), work('d', 1) }, { max_parallel = 2 })
assert(not ok and err == 'no' and table.concat(ended, ' ') == 'a b', table.concat(ended, ' '))

-- Unless each one's end is wanted.
ended = {}
local entries = parallel({ work('a', 5, 'no'), work('b', 10), work('c', 1, mark), function() end }, {
  max_parallel = 2, settle = true,
})
assert(#entries == 4 and #ended == 3)
assert(entries[1].ok == false and entries[1].error == 'no' and entries[1].value == nil)
assert(entries[2].ok == true and entries[2].value == 'b' and entries[2].error == nil)
assert(entries[3].error == mark and entries[4].ok and entries[4].value == nil)

-- One that catches its own errors has none.
local caught = parallel({ function() return (select(2, pcall(work('x', 1, 'own')))) end })
assert(caught[1] == 'own')

-- What nobody catches goes up through all that wait for it.
ok, err = pcall(parallel, { function() parallel({ function() parallel({ work('deep', 1, 'up') }) end }) end })
assert(not ok and err == 'up')
