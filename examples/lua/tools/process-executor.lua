-- The tool process-executor starts programs that the configuration allows, without a shell.
--
--   npx llmspell run --config examples/lua/tools/process-executor.toml examples/lua/tools/process-executor.lua

local process = Tool.get("process-executor")

-- Arguments arrive as they are: nothing is expanded, nothing has to be quoted.
print(process{ executable = "echo", arguments = { "a b", "$HOME", "*" } }.result.stdout)
print(process{ executable = "sort", stdin = "pear\napple\n" }.result.stdout)

local failed = process{ executable = "false" }.result
print("exit code " .. failed.exit_code)

-- A program that takes too long is ended, with all that it has started.
local slow = process{ executable = "sleep", arguments = { "60" }, timeout_ms = 200 }
print(slow.error.code, slow.error.message)

-- The configuration has "sort" without arguments.
local denied = process{ executable = "sort", arguments = { "--output=/etc/passwd" } }
print(denied.error.code, denied.error.hint)
