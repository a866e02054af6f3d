-- The Replay global: how Session.replay is told what to do, when to do it, and how values are compared.
local engine = ...

local host, globals = engine.host, engine.globals
local format, next, setmetatable, type = string.format, next, setmetatable, type
local huge = math.huge
local os = globals.os

local Replay = {}
globals.Replay = Replay

local function bad_argument(position, name, problem)
  host.fail('BAD_ARGUMENT', format("bad argument #%d to '%s' (%s)", position, name, problem))
end

local function class(name)
  local methods = {}
  return methods, { __index = methods, __name = name }
end

-- Modes: Session.replay takes them and their names alike.
local mode, Mode = class('Replay.Mode')
Mode.__tostring = function(self)
  return self.mode
end

function mode:name()
  return self.mode
end

Replay.modes = {}
for _, name in next, { 'exact', 'modified', 'simulate', 'debug' } do
  Replay.modes[name] = setmetatable({ mode = name }, Mode)
end

local function mode_of(given)
  local name = type(given) == 'table' and given.mode or given
  local known = Replay.modes[name == nil and 'exact' or name]
  if known == nil then
    bad_argument(1, 'Replay.create_config', 'one of exact, modified, simulate, debug expected')
  end
  return known
end

-- Modifications.
local modification, Modification = class('Replay.Modification')

function modification:get_path()
  return self.path
end
function modification:get_value()
  return self.value
end
function modification:is_enabled()
  return self.enabled
end

function Replay.create_modification(path, value, enabled)
  if type(path) ~= 'string' then
    bad_argument(1, 'Replay.create_modification', 'string expected, got ' .. type(path))
  end
  return setmetatable({ path = path, value = value, enabled = enabled ~= false }, Modification)
end

-- Configurations: their fields are the options of Session.replay.
local config, Config = class('Replay.Config')

function config:get_mode()
  return self.mode
end
function config:should_compare_results()
  return self.compare_results
end
function config:get_timeout_seconds()
  return self.timeout_seconds
end
function config:should_stop_on_error()
  return self.stop_on_error
end
function config:get_modifications()
  return self.modifications
end

function config:add_modification(path, value, enabled)
  local list = self.modifications
  list[#list + 1] = type(path) == 'table' and path or Replay.create_modification(path, value, enabled)
  return self
end

function Replay.create_config(given)
  return setmetatable({
    mode = mode_of(given),
    compare_results = true,
    timeout_seconds = 300,
    stop_on_error = false,
    modifications = {},
  }, Config)
end

-- A number from `least` on.
local function number(value, position, name, least, expected)
  if type(value) ~= 'number' or not (value >= least and value < huge) then
    bad_argument(position, name, expected)
  end
  return value
end

local function seconds(value, position, name)
  return number(value, position, name, 0, 'seconds expected, 0 or more')
end

local function time(value, position, name)
  return value and number(value, position, name, -huge, 'seconds since the epoch expected')
end

-- Schedules count from their making; times are seconds since the epoch.
local function schedule(type_name, next_run)
  local methods, meta = class('Replay.Schedule')
  function methods:type_name()
    return type_name
  end
  function methods:next_run(now)
    return next_run(self, time(now, 1, 'next_run') or os.time())
  end
  return function(fields)
    fields.start = fields.start or os.time()
    return setmetatable(fields, meta)
  end
end

local once = schedule('once', function(self, now)
  local at = self.start + self.delay
  return now < at and at or nil
end)

local interval = schedule('interval', function(self, now)
  local first = self.start + self.delay
  local index = now < first and 0 or (now - first) // self.every + 1
  if self.max and index >= self.max then
    return nil
  end
  return first + index * self.every
end)

local cron = schedule('cron', function(self, now)
  return host.next_cron_time(self.expression, now)
end)

Replay.schedules = {
  once = function(delay, start)
    local name = 'Replay.schedules.once'
    return once({ delay = seconds(delay, 1, name), start = time(start, 2, name) })
  end,
  interval = function(delay, every, max, start)
    local name = 'Replay.schedules.interval'
    if seconds(every, 2, name) == 0 then
      bad_argument(2, name, 'more than 0 seconds expected')
    end
    if max and number(max, 3, name, 0, 'whole number expected') % 1 ~= 0 then
      bad_argument(3, name, 'whole number expected')
    end
    return interval({ delay = seconds(delay, 1, name), every = every, max = max, start = time(start, 4, name) })
  end,
  cron = function(expression)
    -- Refused now in place of when it is first asked.
    host.next_cron_time(expression, 0)
    return cron({ expression = expression, start = 0 })
  end,
}

-- Comparators.
local comparator, Comparator = class('Replay.Comparator')

function comparator:compare_json(left, right)
  return host.compare_values(left, right)
end

function Replay.create_comparator()
  return setmetatable({}, Comparator)
end

-- The spellings of rs-llmspell 0.6.
comparator.compareJson = comparator.compare_json
Replay.createModification = Replay.create_modification
Replay.createConfig = Replay.create_config
Replay.createComparator = Replay.create_comparator
