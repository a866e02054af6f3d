local now = os.time()
assert(math.type(now) == 'integer' and now > 1700000000, 'seconds since the epoch')
local t = os.date('*t', now)
assert(os.time(t) == now, 'a date table leads back to its time')
assert(os.time({ year = 2024, month = 14, day = -3, hour = 25 }) == os.time({ year = 2025, month = 1, day = 29, hour = 1 }),
  'fields out of range are normalised')
assert(os.time({ year = 2024, month = 1, day = 1 }) == os.time({ year = 2024, month = 1, day = 1, hour = 12 }), 'noon is the default')
assert(os.time({ year = '2024', month = '1', day = '1' }) == os.time({ year = 2024, month = 1, day = 1 }), 'digits are taken as numbers')
assert(os.date('%Y', os.time({ year = 50, month = 6, day = 1 })) == '50', 'years are what they say')

local normalised = { year = 2024, month = 14, day = 1, hour = 0 }
os.time(normalised)
assert(normalised.month == 2 and normalised.year == 2025 and normalised.yday == 32, 'the table is normalised, too')

local ok, err = pcall(function() return os.time({ year = 2024 }) end)
assert(not ok and tostring(err):find("field 'month' missing in date table", 1, true), tostring(err))
assert(not pcall(os.time, 'now'), 'a text is no date')
assert(os.difftime(now + 5, now) == 5 and math.type(os.difftime(2, 1)) == 'float', 'difftime is a float')
assert(math.type(os.clock()) == 'float' and os.clock() >= 0, 'clock is a float')
