---@meta

---The script at 0 and its arguments from 1; `...` has the arguments too.
---@type string[]
arg = {}

---The same, and named arguments by their names: `--name value` and `--name=value` as text, `--flag` as true.
---@type table<integer|string, string|boolean>
ARGS = {}

---What llmspell raises. `tostring` makes one readable line of it.
---@class SpellError
---@field code string stable, such as "SESSION_STATE"
---@field message string
---@field hint string? what to do about it
---@field key string? the setting or argument that it is about
---@field file string?
---@field line integer?
---@field [string] any facts, such as both states of a refused transition

---Finds modules under the script's folder and along `package_path`, nowhere else.
---@param name string
---@return any
function require(name) end

---Compiles text; bytecode is refused.
---@param chunk string|function
---@param name? string
---@param mode? "t"|"bt"
---@param env? table
---@return function?
---@return string? message
function load(chunk, name, mode, env) end
