-- Session templates: what sessions of a kind have in common. They are tables of the script, so they live as long as it
-- does, in its photographs and replays too.
local engine = ...

local Session, raise = engine.globals.Session, engine.raise
local concat, sort = table.concat, table.sort
local next, type = next, type

local templates = {}

local function bad_argument(index, name, problem)
  raise(("bad argument #%d to 'Session.%s' (%s)"):format(index, name, problem))
end

local function expect(kind, value, index, name)
  if type(value) ~= kind then
    bad_argument(index, name, kind .. ' expected, got ' .. type(value))
  end
end

function Session.defineTemplate(name, template)
  expect('string', name, 1, 'defineTemplate')
  expect('table', template, 2, 'defineTemplate')
  templates[name] = template
end

local function known_names()
  local names = {}
  for name in next, templates do
    names[#names + 1] = name
  end
  sort(names)
  return #names == 0 and 'none was defined' or 'there are ' .. concat(names, ', ')
end

-- The keys of `base` with those of `changes` laid over them.
local function merged(base, changes)
  local result = {}
  for _, source in next, { base or {}, changes or {} } do
    for key, value in next, source do
      result[key] = value
    end
  end
  return result
end

-- Lists one behind the other; a string stands for a list of one.
local function joined(first, second)
  local result = {}
  for _, values in next, { first or {}, second or {} } do
    if type(values) == 'string' then
      values = { values }
    end
    for i = 1, #values do
      result[#result + 1] = values[i]
    end
  end
  return result
end

function Session.createFromTemplate(name, custom)
  expect('string', name, 1, 'createFromTemplate')
  local template = templates[name]
  if template == nil then
    bad_argument(1, 'createFromTemplate', "unknown template '" .. name .. "'; " .. known_names())
  end
  if type(custom) == 'string' then
    custom = { name = custom }
  elseif custom == nil then
    custom = {}
  end
  expect('table', custom, 2, 'createFromTemplate')
  local options = merged(template, custom)
  options.tags = joined(template.tags, custom.tags)
  options.metadata = merged(template.metadata, custom.metadata)
  options.name_prefix = nil
  if template.name_prefix ~= nil then
    options.name = template.name_prefix .. (options.name or '')
  end
  return (Session.create(options))
end

Session.define_template = Session.defineTemplate
Session.create_from_template = Session.createFromTemplate
