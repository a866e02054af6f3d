---@meta

---Keys and passwords that a script uses without seeing them: variables of the environment that
---`[runtime.security] secrets` names.
Secret = {}

---Stands for a value; prints as `[secret NAME]`. Providers and tools take it where they want the value, which nothing
---else ever holds: no variable of Lua, no journal, no artifact.
---@class SecretHandle
---@field secret string the name

---A handle. Raises `POLICY_DENIED` for a name that is not open, `SECRET_NOT_FOUND` for one that is not set.
---@param name string
---@return SecretHandle
function Secret.get(name) end

---Whether a name is open and set.
---@param name string
---@return boolean
function Secret.exists(name) end

---The names that are open, sorted, whether or not they are set.
---@return string[]
function Secret.list() end
