-- The Replay global: how Session.replay is told what to do, when to do it, and how values are compared.
local engine = ...

local host, globals = engine.host, engine.globals
local error, next, setmetatable, type = error, next, setmetatable, type
local os = globals.os

local Replay = {}
globals.Replay = Replay

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
    error("bad argument #1 to 'Replay.create_config' (one of exact, modified, simulate, debug expected)", 3)
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
    error("bad argument #1 to 'Replay.create_modification' (string expected, got " .. type(path) .. ')', 2)
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

-- Schedules count from their making; times are seconds since the epoch.
local function schedule(type_name, next_run)
  local methods, meta = class('Replay.Schedule')
  function methods:type_name()
    return type_name
  end
  function methods:next_run(now)
    return next_run(self, now or os.time())
  end
  return function(fields)
    fields.start = fields.start or os.time()
    return setmetatable(fields, meta)
  end
end

local function number(value, position, name)
  if type(value) ~= 'number' or value < 0 then
    error("bad argument #" .. position .. " to 'Replay.schedules." .. name .. "' (seconds expected)", 3)
  end
  return value
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
    return once({ delay = number(delay, 1, 'once'), start = start })
  end,
  interval = function(delay, every, max, start)
    number(delay, 1, 'interval')
    if number(every, 2, 'interval') == 0 then
      error("bad argument #2 to 'Replay.schedules.interval' (more than 0 expected)", 2)
    end
    return interval({ delay = delay, every = every, max = max, start = start })
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
