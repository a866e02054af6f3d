-- The tool uuid-generator makes ids: random ones, ones that sort by their time, and the same one for the same name.
--
--   npx llmspell run examples/lua/tools/uuid-generator.lua

local uuid = Tool.get("uuid-generator")
print(uuid{}.result.uuid, uuid{ format = "simple" }.result.uuid)

local sorted = uuid{ version = "v7" }.result.uuid
print("time of v7: " .. uuid{ operation = "validate", uuid = sorted }.result.timestamp_ms)

local function id_of(name)
  return uuid{ operation = "deterministic", namespace = "url", name = name }.result.id
end
local id = id_of("https://example.com/orders/17")
print(id, "the same again: " .. tostring(id == id_of("https://example.com/orders/17")))

print(uuid{ operation = "component_id", prefix = "agent", short = true }.result.id)
print("no UUID: " .. tostring(uuid{ operation = "validate", uuid = "17" }.result.valid))
