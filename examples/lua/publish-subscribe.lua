-- Messages between parts of a program that know nothing of each other: publishers store them as artifacts of sessions
-- with the topic as a tag, subscribers find the sessions by the tag. With storage that lasts, they may be in different
-- runs and processes.
--
--   npx llmspell run examples/lua/publish-subscribe.lua

local function publish(topic, message)
  local session = Session.create({ name = "Publisher-" .. topic, tags = { "publisher", topic } })
  local id = Artifact.store(session, "system_generated", "message.json", JSON.stringify({
    topic = topic,
    message = message,
    timestamp = os.time(),
  }), { message_type = "broadcast", tags = { "message", topic } })
  Session.complete(session)
  return id
end

local function subscribe(topic, since)
  local messages = {}
  for _, publisher in ipairs(Session.list({ tags = { "publisher", topic }, updated_after = since })) do
    local found = Artifact.query({ session_id = publisher.id, tags = { topic }, created_after = since })
    for _, artifact in ipairs(found) do
      local content = Artifact.get(publisher.id, artifact.id).content
      table.insert(messages, 1, JSON.parse(content))
    end
  end
  return messages
end

local start = os.time()
local run = tostring(math.random(1 << 30))
publish("orders-" .. run, { product = "Desk lamp", units = 3 })
publish("orders-" .. run, { product = "Notebook", units = 12 })
publish("weather-" .. run, "sunny")

local units = 0
for _, order in ipairs(subscribe("orders-" .. run, start)) do
  print(("order: %d x %s"):format(order.message.units, order.message.product))
  units = units + order.message.units
end
print(units .. " units in all")
for _, news in ipairs(subscribe("weather-" .. run, start)) do
  print("weather: " .. news.message)
end
print("sports: " .. #subscribe("sports-" .. run, start) .. " messages")
