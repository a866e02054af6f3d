-- settings: {"runtime.security.network_hosts": ["$SERVER"], "runtime.security.secrets": ["PATH"]}
local function get(url, more)
  local args = { url = url, retries = 0 }
  for key, value in pairs(more or {}) do args[key] = value end
  return Tool.execute("http-requester", args)
end

local function encoded(text)
  return (text:gsub("[^%w]", function(character) return ("%%%02X"):format(character:byte()) end))
end

local function failed(answer, ...)
  assert(answer.success == false, "it was answered")
  for _, code in ipairs({ ... }) do if answer.error.code == code then return answer.error end end
  error(answer.error.code .. ": " .. answer.error.message)
end

-- every tool that goes to a host
local function everywhere(url)
  return {
    get(url), get(url, { method = "POST", json = { 1 } }),
    Tool.execute("graphql-query", { endpoint = url, query = "{ a }" }),
    Tool.execute("webhook-caller", { url = url, payload = 1, retries = 0 }),
    Tool.execute("web-scraper", { url = url }),
    Tool.execute("sitemap-crawler", { url = url }),
    Tool.execute("service-checker", { target = url }),
  }
end

-- tries: to reach a port of this machine that is not open, in every tool
-- must: POLICY_DENIED
for _, answer in ipairs(everywhere(CLOSED .. "/a.xml")) do failed(answer, "POLICY_DENIED") end
failed(Tool.execute("service-checker", { operation = "tcp", target = "127.0.0.1", port = tonumber(CLOSED:match("%d+$")) }), "POLICY_DENIED")

-- tries: to reach this machine under all names and numbers that mean it, where every public host is open
-- must: POLICY_DENIED, or no such host
-- settings: {"runtime.security.network_hosts": ["*"]}
local port = CLOSED:match("%d+$")
for _, host in ipairs({ "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
  "017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "a.localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.255.255.254",
  "①②⑦.⓪.⓪.①", "127。0。0。1", "%31%32%37.0.0.1", "１２７.０.０.１", HOST, "ip6-localhost", "ip6-loopback" }) do
  failed(get("http://" .. host .. ":" .. port .. "/"), "POLICY_DENIED", "TOOL_FAILED")
end

-- tries: to reach the networks of the machine, of clouds, and of nobody
-- must: POLICY_DENIED before anything is sent
-- settings: {"runtime.security.network_hosts": ["*"]}
for _, host in ipairs({ "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
  "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
  "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "0xa9fea9fe", "2852039166" }) do
  failed(get("http://" .. host .. "/", { timeout_ms = 1000 }), "POLICY_DENIED")
  failed(Tool.execute("service-checker", { operation = "tcp", target = host:gsub("[%[%]]", ""), port = 80, timeout_ms = 1000 }),
    "POLICY_DENIED", "TOOL_ARGUMENTS")
end

-- tries: to be led to a closed address by redirects of all kinds
-- must: POLICY_DENIED at each
for _, status in ipairs({ 301, 302, 303, 307, 308 }) do
  for _, target in ipairs({ CLOSED .. "/", "//" .. CLOSED:sub(8) .. "/", "http://user:pass@" .. CLOSED:sub(8), "http://[::1]:1/",
    "http://169.254.169.254/latest/", "http://localhost:1/" }) do
    for _, answer in ipairs(everywhere(("%s/to?status=%d&url=%s"):format(SERVER, status, encoded(target)))) do
      failed(answer, "POLICY_DENIED", "TOOL_FAILED")
    end
  end
end

-- tries: to be led to files, programs and other protocols
-- must: POLICY_DENIED
for _, target in ipairs({ "file:///etc/passwd", "file:" .. CANARY, "ftp://127.0.0.1/", "gopher://127.0.0.1:1/_x", "javascript:alert(1)",
  "data:text/plain,x", "unix:/var/run/docker.sock", "ws://127.0.0.1:1", "blob:http://a/b", "about:blank" }) do
  failed(get(SERVER .. "/to?url=" .. encoded(target)), "POLICY_DENIED", "TOOL_FAILED")
  for _, answer in ipairs({ pcall(get, target) }) do assert(type(answer) ~= "table" or answer.success ~= true, target) end
end

-- tries: to open files and other protocols by their addresses
-- must: TOOL_ARGUMENTS
for _, url in ipairs({ "file:///etc/passwd", "file:" .. CANARY, "FILE:///etc/passwd", " file:///etc/passwd", "ftp://a/", "data:,x",
  "http:", "http://", "//127.0.0.1", "127.0.0.1", "", "http://a b/", "http://[::1", "http://a:99999/", "http://a\0b/", "http://%00/",
  "http://user:pass@127.0.0.1/", ("http://a/"):rep(100000) }) do
  for _, call in ipairs({
    function() return get(url) end,
    function() return Tool.execute("web-scraper", { url = url }) end,
    function() return Tool.execute("sitemap-crawler", { url = url }) end,
    function() return Tool.execute("webhook-caller", { url = url, payload = 1, retries = 0 }) end,
    function() return Tool.execute("graphql-query", { endpoint = url, query = "{ a }" }) end,
  }) do
    local ok, answer = pcall(call)
    local code = ok and (answer.error or {}).code or answer.code
    assert(code == "TOOL_ARGUMENTS" or code == "POLICY_DENIED", url:sub(1, 80) .. " " .. tostring(code))
  end
end

-- tries: to be led round for ever
-- must: TOOL_FAILED after a few
failed(get(SERVER .. "/loop?n=1"), "TOOL_FAILED")
failed(Tool.execute("web-scraper", { url = SERVER .. "/loop?n=1" }), "TOOL_FAILED")
assert(not pcall(get, SERVER .. "/loop?n=1", { max_redirects = 1000000 }))

-- tries: to add lines to the head of a request
-- must: TOOL_ARGUMENTS, and one request
for name, value in pairs({ ["x-a"] = "1\r\nx-evil: 1", ["x-b"] = "1\nx-evil: 1", ["x-c\r\nx-evil"] = "1", ["x-d: 1\r\nx-evil"] = "1",
  ["x-e"] = "\0", ["x f"] = "1", [""] = "1", ["x-g"] = "1\r\n\r\nGET /second HTTP/1.1", ["x-h"] = "\u{10a}\u{10d}x-evil: 1" }) do
  local ok, answer = pcall(get, SERVER .. "/echo", { headers = { [name] = value } })
  local code = ok and (answer.error or {}).code or answer.code
  assert(code == "TOOL_ARGUMENTS", name .. " " .. tostring(code))
end
local answer = get(SERVER .. "/echo?a=%0d%0ax-evil:%201", { query = { ["b\r\nx-evil: 1"] = "c\r\nx-evil: 1" } })
assert(answer.success and answer.result.json.headers["x-evil"] == nil, JSON.stringify(answer))
for _, more in ipairs({ { method = "GET / HTTP/1.1\r\nx: y\r\n\r\nGET" }, { method = "CONNECT" }, { idempotency_key = "x\r\ny" } }) do
  local ok, answer = pcall(get, SERVER .. "/echo", more)
  assert(not ok and answer.code == "TOOL_ARGUMENTS" or answer.error.code == "TOOL_ARGUMENTS", tostring(answer))
end

-- tries: to say to whom a request goes, and how it is sent
-- must: TOOL_ARGUMENTS
for _, name in ipairs({ "Host", "HOST", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "Proxy-Authorization", "TE" }) do
  local ok, answer = pcall(get, SERVER .. "/echo", { method = "POST", body = "x", headers = { [name] = "1" } })
  local code = ok and (answer.error or {}).code or answer.code
  assert(code == "TOOL_ARGUMENTS", name .. " " .. tostring(code))
end

-- tries: to have a secret sent on to another host, in headers and as the name of a user
-- must: only the host that was named gets it
local key = Secret.get("PATH")
local answer = get(SERVER .. "/to?url=" .. encoded(SERVER:gsub("127.0.0.1", "localhost") .. "/echo"), {
  auth = { type = "bearer", token = key }, headers = { ["x-key"] = key },
})
failed(answer, "POLICY_DENIED")
answer = get(SERVER .. "/echo", { headers = { ["x-key"] = key } })
assert(answer.success and not JSON.stringify(answer):find("/bin", 1, true), JSON.stringify(answer))

-- tries: to be sent a body without end
-- must: TOO_LARGE
failed(get(SERVER .. "/endless"), "TOO_LARGE")
failed(Tool.execute("web-scraper", { url = SERVER .. "/endless.html", max_bytes = 1000000 }), "TOO_LARGE")
failed(Tool.execute("graphql-query", { endpoint = SERVER .. "/endless", query = "{ a }" }), "TOO_LARGE")

-- tries: to be answered a byte at a time, or never
-- must: TOOL_TIMEOUT
failed(get(SERVER .. "/drip", { timeout_ms = 300 }), "TOOL_TIMEOUT")
failed(get(SERVER .. "/silent", { timeout_ms = 300 }), "TOOL_TIMEOUT")
failed(Tool.execute("sitemap-crawler", { url = SERVER .. "/silent.xml", timeout_ms = 300 }), "TOOL_TIMEOUT")
failed(Tool.execute("webhook-caller", { url = SERVER .. "/drip", payload = 1, retries = 0, timeout_ms = 300 }), "TOOL_TIMEOUT")

-- tries: to be sent bombs that unpack without end
-- must: TOO_LARGE, or what cannot be unpacked
failed(get(SERVER .. "/gzip-bomb"), "TOO_LARGE")
failed(get(SERVER .. "/brotli-bomb"), "TOO_LARGE")
failed(Tool.execute("web-scraper", { url = SERVER .. "/page-bomb" }), "TOO_LARGE")
failed(Tool.execute("sitemap-crawler", { url = SERVER .. "/bomb.xml.gz" }), "TOO_LARGE")
failed(get(SERVER .. "/packed-twice"), "TOOL_FAILED")

-- tries: to have a sitemap stand for a billion texts, and for files
-- must: entities of documents are nothing
local answer = Tool.execute("sitemap-crawler", { url = SERVER .. "/laughs.xml" })
local text = JSON.stringify(answer)
assert(not text:find("haha", 1, true) and not text:find("root:", 1, true), text:sub(1, 300))

-- tries: to have sitemaps name sitemaps without end, and closed places
-- must: an end, and POLICY_DENIED for the places
local answer = Tool.execute("sitemap-crawler", { url = SERVER .. "/again.xml?n=1", max_sitemaps = 10 })
assert(answer.success and #answer.result.sitemaps == 10 and answer.result.truncated, JSON.stringify(answer))
answer = Tool.execute("sitemap-crawler", { url = SERVER .. "/closed.xml?url=" .. encoded(CLOSED) })
for _, fault in ipairs(answer.success and answer.result.errors or {}) do
  assert(fault.code == "POLICY_DENIED" or fault.code == "TOOL_ARGUMENTS", fault.code)
end

-- tries: to have a page fetched with all that it names
-- must: nothing but the page is asked for
local answer = Tool.execute("web-scraper", { url = SERVER .. "/closed.html?url=" .. encoded(CLOSED), selector = "*" })
assert(answer.success, JSON.stringify(answer))
for _, link in ipairs(answer.result.links) do assert(link.url:sub(1, 4) == "http", link.url) end

-- tries: to keep the host busy with pages that are deep, empty, or the same text again and again
-- must: an answer, or an error that says what is too much
for _, page in ipairs({ "deep", "nested", "blanks", "links" }) do
  local answer = Tool.execute("web-scraper", { url = SERVER .. "/" .. page .. ".html", selector = "*", max_matches = 10000, max_text = 100000000 })
  assert(answer.success or answer.error.code == "TOO_LARGE" or answer.error.code == "TOOL_FAILED", JSON.stringify(answer))
end

-- tries: to keep the host busy with a selector that goes back again and again
-- must: TOOL_ARGUMENTS, TOO_LARGE or an answer
-- time: 30000
for _, selector in ipairs({ ("div "):rep(30) .. "x", ("*:not(x) "):rep(12) .. "y", (":has(* "):rep(20) .. (")"):rep(20), ("("):rep(900),
  "[a='" .. ("\\"):rep(900), ":is(" .. ("*,"):rep(400) .. "*)" }) do
  local ok, answer = pcall(Tool.execute, "web-scraper", { url = SERVER .. "/nested.html", selector = selector })
  local code = ok and (answer.error or {}).code or not ok and answer.code
  assert(not code or code == "TOOL_ARGUMENTS" or code == "TOO_LARGE", tostring(code))
end

-- tries: to change shared objects by answers in JSON, and to break off in the middle
-- must: keys are keys, and half an answer is an error
local answer = get(SERVER .. "/proto.json")
assert(answer.success and answer.result.json["__proto__"].polluted == 1 and ({}).polluted == nil, JSON.stringify(answer))
assert(Tool.execute("graphql-query", { endpoint = SERVER .. "/proto.graphql", query = "{ a }" }).success)
assert(get(SERVER .. "/deep.json").success)
failed(get(SERVER .. "/breaks"), "TOOL_FAILED")
failed(Tool.execute("graphql-query", { endpoint = SERVER .. "/proto.json", query = "{ a }" }), "TOOL_FAILED")

-- tries: to have a document of GraphQL taken for one that only reads
-- must: each is read in time, and nothing is answered
for _, query in ipairs({ "mutation { a }", "query { a }\nmutation { b }", '"""\\"""" mutation"""\nmutation { a }', "# query\nmutation { a }",
  '{ a(b: "}") }\nsubscription { c }', "{ a", "}{", '"' .. ("\\\"\"\""):rep(300000) .. "mutation { a }" }) do
  local answer = Tool.execute("graphql-query", { endpoint = SERVER .. "/later", query = query })
  assert(answer.success == false, "it was answered")
end

-- tries: to make the host wait for as long as a server likes
-- must: an answer at once
local answer = get(SERVER .. "/later", { retries = 10 })
assert(answer.success and answer.result.status == 503, JSON.stringify(answer))
