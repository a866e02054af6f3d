---@meta

---Values that scripts share across runs. Values are exact: everything that Lua can say but functions, threads and
---cycles, which raise `VALUE_UNSUPPORTED`.
State = {}

---Keeps a value under a scope and a key; nil removes it.
---@param scope string
---@param key string
---@param value any
---@return true
function State.save(scope, key, value) end

---The value under a scope and a key; nil when there is none.
---@param scope string
---@param key string
---@return any
function State.load(scope, key) end

---Keeps a value in the scope "global"; nil removes it.
---@param key string
---@param value any
---@return true
function State.set(key, value) end

---The value of the scope "global"; nil when there is none.
---@param key string
---@return any
function State.get(key) end

---Removes a value; with one argument, of the scope "global".
---@param scope string
---@param key string
---@return boolean removed false when there was none
---@overload fun(key: string): boolean
function State.delete(scope, key) end

---The keys of a scope, sorted; of the scope "global" when none is named.
---@param scope? string
---@return string[]
function State.list_keys(scope) end

---The same as list_keys.
---@param scope? string
---@return string[]
function State.list(scope) end
