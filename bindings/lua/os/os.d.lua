---@meta

---What differs from the os library of Lua 5.4.
os = {}

---Waits, for "sleep N" (seconds, or with s, m, h, d behind the number), without blocking the host. Other commands are
---programs with arguments that `commands` under [runtime.security] allows, and print where the script prints; what it
---does not allow, and what only a shell understands, raises `POLICY_DENIED`. Without a command the answer is false,
---since there is no shell.
---@param command? string
---@return true?
---@return string? how "exit" or "signal"
---@return integer? status
function os.execute(command) end

---Ends the run; nothing after it happens.
---@param code? integer|boolean true and nil are 0, false is 1
function os.exit(code) end

---A variable of the environment, of those that `environment` under [runtime.security] lists; a handle, for one of
---`secrets`. For one that is closed the second value says how to open it.
---@param name string
---@return string?
---@return string? message
function os.getenv(name) end

---Whole seconds since the epoch.
---@param time? { year: integer, month: integer, day: integer, hour?: integer, min?: integer, sec?: integer }
---@return integer
function os.time(time) end

---A new name in the system's temporary folder; whether a file may be written there, the configuration says.
---@return string
function os.tmpname() end

---Removes a file or an empty folder in one of the folders of `file_write_roots`; of a link, the link itself.
---@param path string
---@return true?
---@return string? message
---@return integer? number
function os.remove(path) end

---Renames a file within the folders of `file_write_roots`.
---@param from string
---@param to string
---@return true?
---@return string? message
---@return integer? number
function os.rename(from, to) end
