-- The tool url-analyzer takes URLs apart; nothing is fetched.
--
--   npx llmspell run examples/lua/tools/url-analyzer.lua

local url = Tool["url-analyzer"]{ input = "https://example.com/docs/guide.html?page=2&tag=a&tag=b#top" }.result
print(url.scheme, url.hostname, url.port, url.path, url.extension, url.fragment)
print("page = " .. url.query.page, "tags = " .. table.concat(url.query.tag, " "))

-- A relative link, seen from a page.
print(Tool["url-analyzer"]{ input = "../images/a.png", base = "https://example.com/docs/guide.html" }.result.url)
print(Tool["url-analyzer"]{ input = "no url" }.error.message)
