-- The tool graphql-query asks a GraphQL server. Its host is closed until the configuration opens it:
--
--   [runtime.security]
--   network_hosts = ["countries.trevorblades.com"]
--
--   npx llmspell run examples/lua/tools/graphql-query.lua

local reply = Tool["graphql-query"]{
  endpoint = "https://countries.trevorblades.com/graphql",
  query = "query Country($code: ID!) { country(code: $code) { name capital } }",
  variables = { code = "CH" },
}

if reply.success then
  -- A part of the data may come with errors.
  print(reply.result.data.country.name, reply.result.data.country.capital, reply.result.errors and #reply.result.errors)
else
  print(reply.error.code .. ": " .. reply.error.message)
  print(reply.error.hint)
end
