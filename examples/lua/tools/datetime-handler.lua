-- The tool datetime-handler reads, writes, moves and compares moments, in every time zone.
--
--   npx llmspell run examples/lua/tools/datetime-handler.lua

local datetime = Tool.get("datetime-handler")

-- A replay of this run shows the same time again: the answer is on record.
print("now: " .. datetime{ operation = "now" }.result.datetime)

local meeting = datetime{
  operation = "convert_timezone",
  input = "2026-07-01 12:00",
  timezone = "America/New_York",
  target_timezone = "Europe/Zurich",
  format = "%H:%M",
}
print(meeting.result.original .. " in New York is " .. meeting.result.converted .. " in Zurich")

local parsed = datetime{ operation = "parse", input = "31.01.2026", input_format = "%d.%m.%Y" }
print(parsed.result.weekday, parsed.result.timestamp)
print(datetime{ operation = "add", input = parsed.result.iso, amount = 1, unit = "month", format = "date" }.result.result)
print(datetime{ operation = "difference", start = "2026-01-01", ["end"] = "2027-03-05" }.result.text)
print(datetime{ operation = "info", input = "2028-02-29" }.result.day_of_year)
