-- The tool service-checker says whether services answer. One that does not is a result; a host that the configuration
-- does not open is an error:
--
--   [runtime.security]
--   network_hosts = ["www.lua.org", "localhost:5432"]
--
--   npx llmspell run examples/lua/tools/service-checker.lua

local check = Tool["service-checker"]
for _, service in ipairs{
  { operation = "http", target = "https://www.lua.org/" },
  { operation = "tcp", target = "localhost:5432" },
  { operation = "dns", target = "www.lua.org" },
} do
  local reply = check(service)
  local found = reply.result
  if not reply.success then
    print(service.target, reply.error.code .. ": " .. reply.error.message)
  elseif found.available then
    print(service.target, "answers after " .. found.response_time_ms .. " ms")
  else
    print(service.target, found.error)
  end
end
