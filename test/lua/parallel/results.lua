-- Results come in the order of the list, whoever ends first; what a function returns needs not be data.
local function after(ms, ...)
  local values = table.pack(...)
  return function()
    os.execute('sleep ' .. ms / 1000)
    return table.unpack(values, 1, values.n)
  end
end

local list = parallel({ after(20, 'a'), after(1, 'b'), after(10, 'c') })
assert(table.concat(list, ' ') == 'a b c')
local mixed = parallel({ after(1), after(2, nil, 'second'), after(1, 'first', 'second'), after(3, print), after(1, false) })
assert(mixed[1] == nil and mixed[2] == nil and mixed[3] == 'first' and mixed[4] == print and mixed[5] == false)
assert(next(parallel({})) == nil)
assert(parallel({ function() return 1 end })[1] == 1)

local order = {}
local doubled = parallel.map({ 3, 2, 1 }, function(item, index)
  os.execute('sleep ' .. item / 100)
  order[#order + 1] = index
  return item * 2
end)
assert(table.concat(doubled, ' ') == '6 4 2')
assert(table.concat(order, ' ') == '3 2 1')

-- A list may come from anywhere, and changing it meanwhile changes nothing.
local source = setmetatable({}, {
  __len = function() os.execute('sleep 0') return 3 end,
  __index = function(_, i) os.execute('sleep 0') return i <= 3 and i * i or nil end,
})
assert(table.concat(parallel.map(source, function(x) return x end), ' ') == '1 4 9')
local items = { 1, 2, 3 }
local seen = parallel.map(items, function(x) items[3] = 'other' os.execute('sleep 0') return x end, { max_parallel = 1 })
assert(table.concat(seen, ' ') == '1 2 3')
