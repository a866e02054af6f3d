-- The tool environment-reader tells variables that the configuration opens; secrets are told as handles.
--
--   npx llmspell run --config examples/lua/tools/environment-reader.toml examples/lua/tools/environment-reader.lua

local environment = Tool.get("environment-reader")
for _, variable in ipairs(environment{ operation = "list" }.result.variables) do
  print(variable.name, variable.is_secret and "a secret" or "open", variable.is_set and "set" or "not set")
end

local path = environment{ operation = "get", name = "PATH" }.result.value
print("PATH has " .. select(2, path:gsub("[^:]+", "")) .. " folders")

local system = environment{ operation = "system" }.result
print(system.platform, system.arch)

local closed = environment{ operation = "get", name = "HOME" }.error
print(closed.code, closed.hint)
