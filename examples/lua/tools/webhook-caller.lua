-- The tool webhook-caller delivers an event as JSON: signed, and again until it is taken. Its host is closed until the
-- configuration opens it, and the secret of the signature is the name of a variable of the environment:
--
--   [runtime.security]
--   network_hosts = ["hooks.example.com"]
--   secrets = ["WEBHOOK_SECRET"]
--
--   npx llmspell run examples/lua/tools/webhook-caller.lua

local event = { event = "report.ready", pages = 12 }
local ok, secret = pcall(Secret.get, "WEBHOOK_SECRET")
local reply = Tool["webhook-caller"]{
  url = "https://hooks.example.com/reports",
  payload = event,
  secret = ok and secret or nil,
  retries = 2,
}

if reply.success then
  print("taken after " .. reply.result.attempts .. " attempts", reply.result.idempotency_key)
else
  print(reply.error.code .. ": " .. reply.error.message)
  print(reply.error.hint)
end
