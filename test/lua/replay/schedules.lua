-- Schedules know when they are due.
local schedules = Replay.schedules
local once = schedules.once(60, 1000)
assert(once:type_name() == 'once')
assert(once:next_run(1000) == 1060 and once:next_run(1059) == 1060 and once:next_run(1060) == nil)
local soon = schedules.once(3600)
assert(soon:next_run() >= os.time() + 3500)

local interval = schedules.interval(10, 60, 3, 1000)
assert(interval:type_name() == 'interval')
assert(interval:next_run(0) == 1010 and interval:next_run(1010) == 1070)
assert(interval:next_run(1100) == 1130 and interval:next_run(1130) == nil)
assert(schedules.interval(0, 60, nil, 0):next_run(1e9) == (1e9 // 60 + 1) * 60)
assert(not pcall(schedules.interval, 0, 0))
assert(not pcall(schedules.once, -1))

-- Cron counts in UTC; 2026-11-21 is a Saturday.
local function at(year, month, day, hour, min)
  return os.time({ year = year, month = month, day = day, hour = hour or 0, min = min or 0 })
    + os.difftime(os.time(os.date('*t', 0)), os.time(os.date('!*t', 0)))
end
local now = at(2026, 11, 21, 8, 30)
local function due(expression, year, month, day, hour, min)
  local next_run = schedules.cron(expression):next_run(now)
  assert(next_run == at(year, month, day, hour, min), expression .. ' at ' .. os.date('!%c', next_run))
end
assert(schedules.cron('* * * * *'):type_name() == 'cron')
due('* * * * *', 2026, 11, 21, 8, 31)
due('30 8 * * *', 2026, 11, 22, 8, 30)
due('0 6 * * mon-fri', 2026, 11, 23, 6, 0)
due('*/20 9-17 * * *', 2026, 11, 21, 9, 0)
due('5/15 * * * *', 2026, 11, 21, 8, 35)
due('0 0 1,15 * *', 2026, 12, 1)
due('0 0 29 feb *', 2028, 2, 29)
due('0 0 13 * fri', 2026, 11, 27)
due('0 12 * * 7', 2026, 11, 22, 12)
due('@monthly', 2026, 12, 1)
assert(schedules.cron('0 0 30 feb *'):next_run(now) == nil)
local function wrong(problem, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and err.code == 'BAD_ARGUMENT' and err.message == 'bad argument #' .. problem, err.message or err)
end
wrong("1 to 'Replay.schedules.once' (seconds expected, 0 or more)", schedules.once)
wrong("1 to 'Replay.schedules.once' (seconds expected, 0 or more)", schedules.once, 0 / 0)
wrong("2 to 'Replay.schedules.once' (seconds since the epoch expected)", schedules.once, 1, 'now')
wrong("1 to 'Replay.schedules.interval' (seconds expected, 0 or more)", schedules.interval, -1, 1)
wrong("2 to 'Replay.schedules.interval' (more than 0 seconds expected)", schedules.interval, 0, 0)
for _, max in ipairs({ -1, 2.5, 'x', 1 / 0 }) do
  wrong("3 to 'Replay.schedules.interval' (whole number expected)", schedules.interval, 0, 1, max)
end
wrong("4 to 'Replay.schedules.interval' (seconds since the epoch expected)", schedules.interval, 0, 1, nil, {})
wrong("1 to 'Replay.schedules.cron' (string expected, got nil)", schedules.cron)
for _, made in ipairs({ once, interval, schedules.cron('@daily') }) do
  wrong("1 to 'next_run' (seconds since the epoch expected)", made.next_run, made, 'today')
end
for _, bad in ipairs({ '', '* * * *', '60 * * * *', '* * 0 * *', '* * * * funday', '*/0 * * * *', '5-1 * * * *' }) do
  local ok, err = pcall(schedules.cron, bad)
  assert(not ok and err.code == 'BAD_ARGUMENT', bad)
end
