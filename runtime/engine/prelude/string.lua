-- String functions that stay suspendable: gsub with a function, format of values with __tostring.
local engine = ...

local metafield, suspendable = engine.metafield, engine.suspendable
local raise, results_of = engine.raise, engine.results_of
local raw_format, tostring = string.format, engine.suspendable['_G.tostring']
local find, gmatch, sub, concat = string.find, string.gmatch, string.sub, table.concat
local pack, unpack = table.pack, engine.original.table.unpack
local next, pcall, rawequal, type = next, pcall, rawequal, type

-- What gsub puts in place of a match: the value, or the match itself for nil and false.
local function replacement(value, match)
  if value == nil or value == false then
    return match
  end
  if type(value) ~= 'string' and type(value) ~= 'number' then
    raise(raw_format('invalid replacement value (a %s)', type(value)))
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
    local captures = pack(results_of('gsub', pcall(find, text, pattern, position)))
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
  text, pattern = text .. '', pattern .. ''
  if find(pattern, ')', 1, true) and not find(pattern, '[%^%$%*%+%?%.%(%[%%%-]') then
    -- find takes it for plain text; a minimal repetition, which matches nothing, makes it a pattern.
    pattern = pattern .. 'x-'
  end
  return gsub(text, pattern, replace, limit or #text + 1)
end

-- Only %s asks a value for its text; the other conversions take it as it is, or refuse it.
suspendable['string.format'] = function(pattern, ...)
  local arguments = pack(...)
  local position = 0
  for directive in gmatch(pattern, '%%[^%a%%]*([%a%%])') do
    if directive ~= '%' then
      position = position + 1
      local value = arguments[position]
      if directive == 's' and (metafield(value, '__tostring') or rawequal(value, engine.null)) then
        arguments[position] = tostring(value)
      end
    end
  end
  return results_of('format', pcall(raw_format, pattern, unpack(arguments, 1, arguments.n)))
end

-- The metamethods of strings call those of the other operand: "10" + money.
for _, event in next, { '__add', '__sub', '__mul', '__mod', '__pow', '__div', '__idiv' } do
  local in_c = engine.original.arithmetic[event]
  suspendable['arithmetic.' .. event] = function(a, b)
    local calculate = metafield(b, event)
    if calculate then
      return (calculate(a, b))
    end
    return results_of(event, pcall(in_c, a, b))
  end
end
