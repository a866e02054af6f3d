-- Talks with a model: a conversation with a memory, tools of the script, an answer as data, and what it all took. Kill it
-- at any time: `llmspell resume --all` goes on without asking again for an answer that was there.
--
--   npx llmspell run --config examples/lua/assistant.toml examples/lua/assistant.lua

local degrees = { Bern = 4, Lugano = 12 }

Tool.define{
  name = "forecast",
  description = "Tomorrow's weather in a city",
  parameters = {
    type = "object",
    properties = { city = { type = "string" } },
    required = { "city" },
  },
  run = function(args)
    print("  (forecast for " .. args.city .. ")")
    return { city = args.city, degrees = degrees[args.city] }
  end,
}

local session = Session.create{
  name = "Trip",
  system_prompt = "You are Ada, who plans trips. Be brief.",
  provider_config = { temperature = 0.2, max_tokens = 500 },
  tools = { "forecast" },
}

io.write("Ada: ")
for token in Session.stream(session, "Hello!") do
  io.write(token)
end
print()

-- The model calls the tool, gets what it answered, and answers.
print("Ada: " .. Session.generateWithTools(session, "Do I need a coat in Bern?").content)

-- Data that fits a JSON Schema, outside of the conversation.
local _, weather = LLM.generate{
  prompt = "The forecast as data: 4 degrees in Bern, 12 in Lugano.",
  schema = {
    type = "object",
    properties = {
      cities = {
        type = "array",
        items = {
          type = "object",
          properties = { name = { type = "string" }, degrees = { type = "integer" } },
          required = { "name", "degrees" },
          additionalProperties = false,
        },
      },
    },
    required = { "cities" },
    additionalProperties = false,
  },
}
local list = {}
for i, city in ipairs(weather.data.cities) do
  list[i] = city.name .. " " .. city.degrees
end
print(table.concat(list, ", "))

-- A call that fails changes nothing, and says what to do.
local ok, err = pcall(Session.generate, session, "A summary, please.", { provider = "nobody" })
print(ok, err.code)
print("Ada: " .. Session.generate(session, "A summary, please."))

local summary = Session.summary(session)
print(("%d messages, %d answers, %d tokens"):format(summary.message_count, summary.usage.calls, summary.usage.total_tokens))
Session.complete(session)
