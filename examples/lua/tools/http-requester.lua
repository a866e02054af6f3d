-- The tool http-requester sends HTTP requests. Every host is closed until the configuration opens it:
--
--   [runtime.security]
--   network_hosts = ["api.github.com"]
--
--   npx llmspell run examples/lua/tools/http-requester.lua

local http = Tool["http-requester"]
local reply = http{
  url = "https://api.github.com/repos/lua/lua",
  headers = { Accept = "application/vnd.github+json" },
  timeout_ms = 10000,
}

if reply.success then
  -- An answer of an error is an answer, too: its status says so.
  print(reply.result.status, reply.result.headers["content-type"])
  print(reply.result.json and reply.result.json.description)
else
  print(reply.error.code .. ": " .. reply.error.message)
  print(reply.error.hint)
end

-- A key is named, never written down, and the value reaches the server only:
--   http{ url = url, auth = { type = "bearer", token = Secret.get("GITHUB_TOKEN") } }
--   http{ url = "https://api.telegram.org/bot{token}/getMe", url_params = { token = Secret.get("BOT_TOKEN") } }
--   http{ url = url, query = { api_key = Secret.get("MAPS_KEY") } }
--   http{ url = url, method = "POST", json = { client_secret = Secret.get("CLIENT_SECRET") } }
-- What changes something is sent once. Where the server knows a key of idempotency, it may be sent again:
--   http{ url = url, method = "POST", json = { title = "New" }, idempotency_key = true, retries = 3 }
