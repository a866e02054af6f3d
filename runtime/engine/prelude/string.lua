-- String functions that stay suspendable: gsub with a function, format of values with __tostring.
local engine = ...

local metafield, suspendable = engine.metafield, engine.suspendable
local raw_format, tostring = string.format, engine.suspendable['_G.tostring']
local find, sub, concat = string.find, string.sub, table.concat
local pack, unpack = table.pack, engine.original.table.unpack
local error, type = error, type
local math_type = math.type

-- What gsub puts in place of a match: the value, or the match itself for nil and false.
local function replacement(value, match)
  if value == nil or value == false then
    return match
  end
  if type(value) ~= 'string' and type(value) ~= 'number' then
    error(raw_format('invalid replacement value (a %s)', type(value)), 4)
  end
  return value
end

-- gsub with a function or an indexable table, called from Lua so that it may wait. `limit` is the most replacements.
local function gsub(text, pattern, replace, limit)
  local is_function = type(replace) == 'function'
  local anchored = sub(pattern, 1, 1) == '^'
  local out, size, count = {}, 0, 0
  local position, last_end = 1, nil
  while count < limit do
    local captures = pack(find(text, pattern, position))
    local first, last = captures[1], captures[2]
    if first and last < first and last == last_end then
      -- An empty match right behind the last one does not count: step over one character and look again.
      if position > #text then
        break
      end
      size = size + 1
      out[size] = sub(text, position, position)
      position = position + 1
      last_end = nil
    elseif first then
      local match = sub(text, first, last)
      if captures.n == 2 then
        captures[3], captures.n = match, 3
      end
      local value
      if is_function then
        value = replace(unpack(captures, 3, captures.n))
      else
        value = replace[captures[3]]
      end
      count = count + 1
      size = size + 2
      out[size - 1] = sub(text, position, first - 1)
      out[size] = replacement(value, match)
      position, last_end = last + 1, last
    else
      break
    end
    if anchored then
      break
    end
  end
  out[size + 1] = sub(text, position)
  return concat(out), count
end

suspendable['string.gsub'] = function(text, pattern, replace, limit)
  for position = 1, 2 do
    local value = position == 1 and text or pattern
    if type(value) ~= 'string' and type(value) ~= 'number' then
      error(raw_format("bad argument #%d to 'gsub' (string expected, got %s)", position, type(value)), 3)
    end
  end
  if limit ~= nil and math_type(limit) == nil then
    error(raw_format("bad argument #4 to 'gsub' (number expected, got %s)", type(limit)), 3)
  end
  text = text .. ''
  return gsub(text, pattern .. '', replace, limit or #text + 1)
end

suspendable['string.format'] = function(...)
  local arguments = pack(...)
  for i = 2, arguments.n do
    if type(arguments[i]) == 'table' and metafield(arguments[i], '__tostring') then
      arguments[i] = tostring(arguments[i])
    end
  end
  return raw_format(unpack(arguments, 1, arguments.n))
end
