-- The tool file-search finds text in files, and files by their names.
--
--   npx llmspell run --config examples/lua/tools/file-search.toml examples/lua/tools/file-search.lua

local search = Tool.get("file-search")

local found = search{ path = "examples/data", pattern = "desk lamp", case_sensitive = false, max_results = 2 }.result
for _, match in ipairs(found.matches) do
  print(("%s:%d  %s"):format(match.path, match.line, match.text))
end
print("more: " .. tostring(found.truncated))

-- A regular expression of RE2 takes no longer than the text is long, whoever wrote it.
local calls = search{ path = "examples/lua/tools", pattern = [[Tool\.get\("(file-\w+)"\)]], regex = true, include = "*.lua" }
print(calls.result.match_count .. " scripts use tools for files")

-- Without a pattern, the files themselves.
for _, file in ipairs(search{ path = "examples", include = "data/*.csv" }.result.matches) do
  print(file.path, file.size .. " bytes")
end
