---@meta

---What a script says to whoever looks after it: on the standard error, as `log` events, and to the `logger` of a
---program. `log_level` in `[runtime.lua]`, or LLMSPELL_LOG, says from which level on; the rest is not told. Fields are
---any data.
Log = {}

---For who looks for a mistake; left out unless it is asked for.
---@param message string
---@param fields? any
function Log.debug(message, fields) end

---What goes as it should.
---@param message string
---@param fields? any
function Log.info(message, fields) end

---What should be known, although the script goes on.
---@param message string
---@param fields? any
function Log.warn(message, fields) end

---What went wrong.
---@param message string
---@param fields? any
function Log.error(message, fields) end
