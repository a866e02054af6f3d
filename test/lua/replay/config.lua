-- Configurations, modes and modifications say what they were made with.
local config = Replay.create_config()
assert(config:get_mode() == Replay.modes.exact and config:get_mode():name() == 'exact')
assert(config:should_compare_results() == true and config:should_stop_on_error() == false)
assert(config:get_timeout_seconds() == 300 and #config:get_modifications() == 0)
assert(tostring(Replay.modes.debug) == 'debug')
for _, mode in ipairs({ 'exact', 'modified', 'simulate', 'debug' }) do
  assert(Replay.create_config(mode):get_mode():name() == mode)
  assert(Replay.create_config(Replay.modes[mode]):get_mode() == Replay.modes[mode])
end
local ok, err = pcall(Replay.create_config, 'fast')
assert(not ok and err.code == 'BAD_ARGUMENT' and err.message:find('one of exact, modified', 1, true), err)

local first = config:add_modification('os.time', 1):add_modification('os.clock', 2, false):get_modifications()[1]
assert(first:get_path() == 'os.time' and first:get_value() == 1 and first:is_enabled())
assert(not config:get_modifications()[2]:is_enabled())
config:add_modification(Replay.create_modification('os.date', 'x'))
assert(#config:get_modifications() == 3)
assert(not pcall(Replay.create_modification, nil, 1))
assert(Replay.createConfig == Replay.create_config and Replay.createComparator == Replay.create_comparator)
