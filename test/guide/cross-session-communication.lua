--> cross-session-communication.lua

local before = os.time()
local first = publishMessage("weather", "sunny")
publishMessage("weather", { wind = "north", speed = 3 })
publishMessage("news", "nothing new")
Session.setCurrent(Session.create({ name = "A publisher of its own" }))
publishMessage("news", "something new")

local messages = subscribeToTopic("weather")
assert(#messages == 2, #messages)
local by_type = {}
for _, message in ipairs(messages) do
  by_type[type(message.content.message)] = message
  assert(message.content.topic == "weather" and message.content.publisher == nil)
  assert(math.type(message.content.timestamp) == "integer")
  assert(message.artifact.name:find("^message_%d+%.json$"), message.artifact.name)
  assert(message.artifact.metadata.message_type == "broadcast")
end
assert(by_type.string.content.message == "sunny" and by_type.string.artifact.id == first)
assert(by_type.table.content.message.wind == "north" and by_type.table.content.message.speed == 3)

local news = subscribeToTopic("news", before)
local publishers = {}
for _, message in ipairs(news) do
  publishers[message.content.message] = message.content.publisher or "none"
end
assert(publishers["nothing new"] == "none")
assert(publishers["something new"] == Session.getCurrent())
assert(#subscribeToTopic("news", before + 3600) == 0)
assert(#subscribeToTopic("sports") == 0)
