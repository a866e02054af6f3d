-- The tool sitemap-crawler lists the pages that a site names in its sitemaps. Hosts are closed until the configuration
-- opens them:
--
--   [runtime.security]
--   network_hosts = ["www.iana.org"]
--
--   npx llmspell run examples/lua/tools/sitemap-crawler.lua

local reply = Tool["sitemap-crawler"]{ url = "https://www.iana.org/", max_urls = 10 }

if reply.success then
  for _, page in ipairs(reply.result.pages) do
    print(page.url, page.lastmod)
  end
  print(#reply.result.sitemaps .. " sitemaps", reply.result.truncated and "and there are more pages" or "")
else
  print(reply.error.code .. ": " .. reply.error.message)
  print(reply.error.hint)
end
