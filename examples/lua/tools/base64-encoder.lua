-- The tool base64-encoder writes any bytes as text, and reads them back.
--
--   npx llmspell run examples/lua/tools/base64-encoder.lua

local base64 = Tool.get("base64-encoder")
local encoded = base64{ operation = "encode", input = "grüße!" }.result.output
print(encoded)
print(base64{ operation = "decode", input = encoded }.result.output)

-- The URL-safe alphabet has no characters that addresses and file names give a meaning to.
print(base64{ operation = "encode", input = "\251\255\254", variant = "url-safe" }.result.output)

-- What is no Base64 is said in the result.
print(base64{ operation = "decode", input = "Z3L*" }.error.message)
