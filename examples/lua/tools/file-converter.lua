-- The tool file-converter rewrites text files: their encoding, the ends of their lines, their indentation.
--
--   npx llmspell run --config examples/lua/tools/file-converter.toml examples/lua/tools/file-converter.lua

local convert, files = Tool.get("file-converter"), Tool.get("file-operations")
local path = os.tmpname()
files{ operation = "write", path = path, input = "Gr\xfc\xdfe\r\n\tagain\r\n" }

local encoded = convert{ operation = "encoding", path = path, from_encoding = "latin1" }.result
print(encoded.from_encoding .. " to " .. encoded.to_encoding, encoded.size_before .. " to " .. encoded.size .. " bytes")
print(convert{ operation = "line_endings", path = path, line_ending = "lf" }.result.lines_changed .. " ends of lines changed")
convert{ operation = "indentation", path = path, indent = "spaces", tab_size = 2 }
print(files{ operation = "read", path = path }.result.content)

-- What an encoding has no character for is said with its line, and the file stays as it is.
print(convert{ operation = "encoding", path = path, to_encoding = "ascii" }.error.message)
files{ operation = "delete", path = path }
