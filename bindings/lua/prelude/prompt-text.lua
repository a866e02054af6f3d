-- The text of prompts: what stands in place of {{name}}, and which variables have no value.
local engine = ...

local fail = engine.host.fail
local ipairs, next, tostring, type = ipairs, next, tostring, type
local concat, format, gmatch, gsub, match = table.concat, string.format, string.gmatch, string.gsub, string.match

local PLACE = '{{%s*([%w_%-%.]+)%s*}}'
local IS_VALUE = { string = true, number = true, boolean = true }

local function bad_field(name, field, problem)
  fail('BAD_ARGUMENT', format("bad argument to '%s' (field '%s': %s)", name, field, problem))
end

-- The values of variables: those of the call, then those of the prompt.
local function variables_of(name, ...)
  local found = {}
  for _, given in ipairs({ ... }) do
    if type(given) ~= 'table' then
      bad_field(name, 'variables', 'table expected, got ' .. type(given))
    end
    for key, value in next, given do
      if not IS_VALUE[type(value)] then
        bad_field(name, 'variables.' .. tostring(key), 'string, number or boolean expected, got ' .. type(value))
      end
      if found[key] == nil then
        found[key] = value
      end
    end
  end
  return found
end

-- The text with results and variables in their places; results that it does not mention stand in front of it.
local function fill(text, results, variables)
  local used = {}
  local filled = gsub(text, PLACE, function(key)
    for i, result in ipairs(results) do
      if key == tostring(i) or key == result.name or key == result.id then
        used[i] = true
        return result.content
      end
    end
    local value = variables and variables[key]
    return value ~= nil and tostring(value) or nil
  end)
  local unused = {}
  for i, result in ipairs(results) do
    if not used[i] then
      unused[#unused + 1] = format('%s:\n%s', result.name or ('Result ' .. i), result.content)
    end
  end
  if #unused == 0 then
    return filled
  end
  return concat(unused, '\n\n') .. '\n\n' .. filled
end

-- Refuses a prompt of a file whose variables have no values. `is_known` tells of names that results stand for.
local function require_values(prompt, variables, is_known)
  local source = prompt.source
  if type(source) ~= 'table' then
    return
  end
  for _, text in ipairs({ prompt.system_prompt or '', prompt.user_prompt }) do
    for key in gmatch(text, PLACE) do
      if variables[key] == nil and not is_known(key) then
        local line = source.lines and source.lines[key]
        local place = line and format('%s:%d', source.file, line) or tostring(source.file)
        fail('BAD_ARGUMENT', format("%s: the variable '%s' has no value", place, key),
          format('Give variables = { %s = ... }, or a value in the front matter of the file.', key),
          { prompt_file = source.file, prompt_line = line, variable = key })
      end
    end
  end
end

-- Fields of prompts that are not for models.
local OWN = { name = true, user_prompt = true, system_prompt = true, variables = true, source = true, depends_on = true,
  retry = true, description = true, when = true, conversation = true }

-- A prompt as the text and the options of a call that asks it; anything else is what it was, without its variables.
local function taken(prompt, options, name)
  local given
  if type(options) == 'table' then
    given = options.variables
  end
  local is_prompt = type(prompt) == 'table' and prompt.user_prompt ~= nil
  if not is_prompt and given == nil then
    return prompt, options
  elseif options ~= nil and type(options) ~= 'table' then
    return prompt.user_prompt, options
  end
  local plain = {}
  if is_prompt then
    for key, value in next, prompt do
      if not OWN[key] then
        plain[key] = value
      end
    end
  end
  for key, value in next, options or {} do
    plain[key] = value
  end
  plain.variables = nil
  if not is_prompt then
    return type(prompt) == 'string' and fill(prompt, {}, variables_of(name, given)) or prompt, plain
  end
  local values = variables_of(name, given or {}, prompt.variables or {})
  require_values(prompt, values, function()
    return false
  end)
  if plain.system == nil and prompt.system_prompt ~= nil then
    plain.system = fill(prompt.system_prompt, {}, values)
  end
  return fill(prompt.user_prompt, {}, values), plain
end

-- Names that stand for results, when they are no variables.
local function is_result(depends_on)
  local has_ids, named = false, {}
  for _, dependency in ipairs(depends_on) do
    named[dependency] = true
    has_ids = has_ids or match(dependency, '^msg_%d+$') ~= nil
  end
  return function(key)
    return has_ids or named[key] or match(key, '^%d+$') ~= nil
  end
end

engine.prompt_text = {
  fill = fill,
  taken = taken,
  variables_of = variables_of,
  require_values = require_values,
  is_result = is_result,
}
