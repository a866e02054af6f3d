---@meta

---What differs from the io library of Lua 5.4: a file is read as a whole when it is opened, and written when it is
---flushed or closed.
io = {}

---Opens a file in one of the folders of `file_read_roots` or `file_write_roots`. Other files raise `POLICY_DENIED`.
---@param path string absolute, or relative to the working directory
---@param mode? "r"|"w"|"a"|"r+"|"w+"|"a+"|"rb"|"wb"|"ab"|"r+b"|"w+b"|"a+b"
---@return file*?
---@return string? message
---@return integer? number
function io.open(path, mode) end

---Always raises an error: programs are run by tools.
function io.popen() end
