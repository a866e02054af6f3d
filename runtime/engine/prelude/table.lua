-- Table functions for tables with metamethods and for sorting with a comparator, which may call the host.
local engine = ...

local suspendable = engine.suspendable
local raise, results_of = engine.raise, engine.results_of
local raw_concat, raw_unpack = table.concat, table.unpack
local pcall, select = pcall, select

-- The most values that fit on Lua's stack.
local MAX_RESULTS = 1000000

suspendable['table.concat'] = function(list, separator, first, last)
  first, last = first or 1, last or #list
  local copy = {}
  for i = first, last do
    local value = list[i]
    copy[i] = value
    if value == nil then
      break
    end
  end
  return results_of('concat', pcall(raw_concat, copy, separator, first, last))
end

suspendable['table.unpack'] = function(list, first, last)
  first, last = first or 1, last or #list
  local copy = {}
  -- Too many, and C says so without a look at the table. The difference of far apart bounds is negative.
  if first <= last and last - first >= 0 and last - first < MAX_RESULTS then
    for i = first, last do
      copy[i] = list[i]
    end
  end
  return results_of('unpack', pcall(raw_unpack, copy, first, last))
end

suspendable['table.insert'] = function(list, ...)
  local position, value = ...
  local size = #list + 1
  if select('#', ...) == 1 then
    list[size] = position
    return
  end
  if position < 1 or position > size then
    raise("bad argument #2 to 'insert' (position out of bounds)")
  end
  for i = size, position + 1, -1 do
    list[i] = list[i - 1]
  end
  list[position] = value
end

suspendable['table.remove'] = function(list, position)
  local size = #list
  if position == nil then
    position = size
  elseif position ~= size and (position < 1 or position > size + 1) then
    raise("bad argument #2 to 'remove' (position out of bounds)")
  end
  local removed = list[position]
  for i = position, size - 1 do
    list[i] = list[i + 1]
  end
  list[size > position and size or position] = nil
  return removed
end

suspendable['table.move'] = function(from, first, last, target, to)
  to = to or from
  if target > last or target <= first or to ~= from then
    for i = 0, last - first do
      to[target + i] = from[first + i]
    end
  else
    for i = last - first, 0, -1 do
      to[target + i] = from[first + i]
    end
  end
  return to
end

local RUN_LENGTH = 12

local function insertion_sort(list, first, last, is_less)
  for i = first + 1, last do
    local item = list[i]
    local j = i - 1
    while j >= first and is_less(item, list[j]) do
      list[j + 1] = list[j]
      j = j - 1
    end
    list[j + 1] = item
  end
end

local function merge(from, to, first, middle, last, is_less)
  local left, right = first, middle + 1
  for i = first, last do
    if right > last or (left <= middle and not is_less(from[right], from[left])) then
      to[i] = from[left]
      left = left + 1
    else
      to[i] = from[right]
      right = right + 1
    end
  end
end

local function default_less(a, b)
  return a < b
end

-- A stable merge sort, bottom up. It calls the comparator from Lua, so that the comparator may wait.
local function sort(list, is_less)
  local size = #list
  local from, to = {}, {}
  for i = 1, size do
    from[i] = list[i]
  end
  for first = 1, size, RUN_LENGTH do
    local last = first + RUN_LENGTH - 1
    insertion_sort(from, first, last < size and last or size, is_less)
  end
  local width = RUN_LENGTH
  while width < size do
    for first = 1, size, 2 * width do
      local middle, last = first + width - 1, first + 2 * width - 1
      middle = middle < size and middle or size
      merge(from, to, first, middle, last < size and last or size, is_less)
    end
    from, to = to, from
    width = 2 * width
  end
  for i = 1, size do
    list[i] = from[i]
  end
end

suspendable['table.sort'] = function(list, is_less)
  if is_less then
    sort(list, is_less)
  else
    results_of('sort', pcall(sort, list, default_less))
  end
end
