---@meta

---JSON, exact both ways: integers stay integers, floats floats, empty arrays arrays.
JSON = {}

---The null of JSON, which nil can't be inside of a table.
---@type lightuserdata
JSON.null = nil

---@class JsonOptions
---@field indent? integer|boolean spaces; true is 2
---@field pretty? boolean the same as indent = true
---@field sort_keys? boolean

---Reads a JSON text. Raises `JSON_SYNTAX`.
---@param text string
---@return any
function JSON.parse(text) end

---Writes a value as JSON; an empty table is `{}`, see JSON.array. Raises `VALUE_UNSUPPORTED` for what JSON can't say:
---functions, NaN, infinities, strings that are not UTF-8.
---@param value any
---@param options? JsonOptions|boolean true is indented
---@return string
function JSON.stringify(value, options) end

---Marks a table as a list, so that it is written as `[]` even when it is empty.
---@param list? table a new one when absent
---@return table
function JSON.array(list) end

---@param value any
---@return boolean
function JSON.isArray(value) end

JSON.decode = JSON.parse
JSON.encode = JSON.stringify
JSON.is_array = JSON.isArray
