-- The tool diff-calculator compares two texts, or two values.
--
--   npx llmspell run examples/lua/tools/diff-calculator.lua

local before = "host = example.com\ntimeout = 10\nretries = 3\n"
local after = "host = example.com\ntimeout = 30\nretries = 3\n"
local reply = Tool["diff-calculator"]{ old_text = before, new_text = after }
print(reply.result.diff)
print(reply.result.stats.additions, reply.result.stats.deletions)
print(Tool["diff-calculator"]{ old_text = before, new_text = after, format = "inline" }.result.diff)

local changes = Tool["diff-calculator"]{
  type = "json",
  old_json = { retries = 3, hosts = { "a", "b" } },
  new_json = { retries = 5, hosts = { "a" } },
}
print(changes.result.diff)
