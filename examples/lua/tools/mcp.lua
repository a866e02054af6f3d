-- The tools of MCP servers are called like all others, under the name of their server. A server is a table of
-- llmspell.toml; it starts when its tools are first asked for:
--
--   [tools.mcp.files]
--   command = "npx"
--   args = ["-y", "@modelcontextprotocol/server-filesystem", "."]
--
--   npx llmspell run examples/lua/tools/mcp.lua

local tools = Tool.discover{ category = "mcp" }
if #tools == 0 then
  print("No MCP server is there: add [tools.mcp.files] to llmspell.toml.")
  return
end

for _, tool in ipairs(tools) do
  print(("%-40s %-10s %s"):format(tool.name, tool.effect, tool.description))
end

if Tool.exists("files/list_directory") then
  local reply = Tool["files/list_directory"]{ path = "." }
  print(reply.success and reply.result.text or reply.error.message)
end

-- A model may call them, too:
--   Session.generateWithTools(session, "Which files are there?", { tools = { "files/list_directory" } })
