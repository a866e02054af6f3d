-- What scripts log is no output of theirs; data of every kind may stand beside it.
-- expect-output: "done\n"
Log.debug('not told')
Log.info('told', { n = 1, list = { 1, 2.5, 'x' }, big = math.maxinteger, none = 0 / 0, bytes = '\xff' })
Log.warn('a number', 5)
Log.error(42)
for _, level in ipairs({ 'debug', 'info', 'warn', 'error' }) do
  local ok, err = pcall(Log[level])
  assert(not ok and err.code == 'BAD_ARGUMENT' and err.message:find("'Log." .. level .. "'", 1, true), err.message)
end
local ok, err = pcall(Log.info, 'x', print)
assert(not ok and err.code == 'VALUE_UNSUPPORTED', err.code)
local ring = {}
ring.ring = ring
ok, err = pcall(Log.info, 'x', ring)
assert(not ok and err.code == 'VALUE_UNSUPPORTED', err.code)
print('done')
