-- The tool web-scraper reads a page: its text, its links, and what CSS selectors find. Hosts are closed until the
-- configuration opens them:
--
--   [runtime.security]
--   network_hosts = ["www.lua.org"]
--
--   npx llmspell run examples/lua/tools/web-scraper.lua

local reply = Tool["web-scraper"]{ url = "https://www.lua.org/about.html", selector = "h2, h3", max_text = 500 }

if reply.success then
  local page = reply.result
  print(page.title, #page.links .. " links")
  for _, heading in ipairs(page.matches) do
    print("  " .. heading.text)
  end
  print(page.text)
else
  print(reply.error.code .. ": " .. reply.error.message)
  print(reply.error.hint)
end
