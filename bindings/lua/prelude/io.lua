-- The io library on whole files: a file opened for reading is read at once, one opened for writing is written when it
-- is flushed or closed. Which files are open is decided by the configuration.
local engine = ...

local host, globals = engine.host, engine.globals
local error, next, setmetatable, tonumber, tostring, type = error, next, setmetatable, tonumber, tostring, type
local find, format, sub = string.find, string.format, string.sub
local concat, pack, unpack = table.concat, table.pack, table.unpack
local getmetatable, huge, max, select = getmetatable, math.huge, math.max, select
local take = engine.take

local File = { __name = 'FILE*' }
File.__index = File
File.__tostring = function(file)
  return file.closed and 'file (closed)' or 'file (' .. file.name .. ')'
end

local function new_file(fields)
  fields.position = 1
  -- What was written at the end since `data` was last put together: joining at every write would copy the whole file.
  fields.tail, fields.tail_size = {}, 0
  return setmetatable(fields, File)
end

local function settle(file)
  if file.tail_size > 0 then
    file.data = file.data .. concat(file.tail)
    file.tail, file.tail_size = {}, 0
  end
end

-- Files with changes that are not written yet; a script may end without closing them.
local changed = {}

local function check_open(file)
  if file.closed then
    error('attempt to use a closed file', 3)
  end
end

-- Makes sure that `count` bytes are there from the position on, if the source has them; standard input comes in pieces.
local function fill(file, count)
  local size = #file.data - file.position + 1
  if not file.source or size >= count then
    return
  end
  local pieces = { sub(file.data, file.position) }
  while file.source and size < count do
    local piece = file.source()
    if piece == nil then
      file.source = nil
    else
      pieces[#pieces + 1] = piece
      size = size + #piece
    end
  end
  file.data, file.position = concat(pieces), 1
end

local function read_line(file, keep_end)
  local stop = find(file.data, '\n', file.position, true)
  while not stop and file.source do
    fill(file, #file.data - file.position + 2)
    stop = find(file.data, '\n', file.position, true)
  end
  if file.position > #file.data then
    return nil
  end
  local line = sub(file.data, file.position, (stop or #file.data + 1) - (keep_end and stop and 0 or 1))
  file.position = (stop or #file.data) + 1
  return line
end

local function read_count(file, count)
  fill(file, max(count, 1))
  if file.position > #file.data then
    return nil
  end
  local text = sub(file.data, file.position, file.position + count - 1)
  file.position = file.position + count
  return text
end

local function read_all(file)
  fill(file, huge)
  local text = sub(file.data, file.position)
  file.position = #file.data + 1
  return text
end

local function read_number(file)
  fill(file, 256)
  local first, last = find(file.data, '^%s*[+-]?[%w.]+[+-]?%w*', file.position)
  if not first then
    return nil
  end
  local value = tonumber(sub(file.data, first, last))
  if value == nil then
    first, last = find(file.data, '^%s*[+-]?[%d.]+', file.position)
    value = first and tonumber(sub(file.data, first, last))
  end
  if value ~= nil then
    file.position = last + 1
  end
  return value
end

local function read_one(file, what)
  if type(what) == 'number' then
    return read_count(file, what)
  end
  local kind = sub(tostring(what):gsub('^%*', ''), 1, 1)
  if kind == 'l' then
    return read_line(file, false)
  elseif kind == 'L' then
    return read_line(file, true)
  elseif kind == 'a' then
    return read_all(file)
  elseif kind == 'n' then
    return read_number(file)
  end
  error("bad argument #1 to 'read' (invalid format)", 4)
end

local function read(file, ...)
  if not file.readable then
    return nil, 'Bad file descriptor', 9
  end
  -- A source that another branch waits for would give each of them a part.
  local place <close> = file.source and take(file, 'read') or nil
  settle(file)
  local count = select('#', ...)
  if count == 0 then
    return read_line(file, false)
  end
  local results = { n = 0 }
  for i = 1, count do
    local value = read_one(file, (select(i, ...)))
    results.n = i
    results[i] = value
    if value == nil then
      break
    end
  end
  return unpack(results, 1, results.n)
end

function File:read(...)
  check_open(self)
  return read(self, ...)
end

function File:lines(...)
  check_open(self)
  local formats = pack(...)
  return function()
    check_open(self)
    return read(self, unpack(formats, 1, formats.n))
  end
end

function File:write(...)
  check_open(self)
  if not self.writable then
    return nil, 'Bad file descriptor', 9
  end
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    if type(value) ~= 'string' and type(value) ~= 'number' then
      error(format("bad argument #%d to 'write' (string expected, got %s)", i, type(value)), 2)
    end
    value = tostring(value)
    if self.stream then
      host.write(self.stream, value)
    elseif self.appending or self.position == #self.data + self.tail_size + 1 then
      self.tail[#self.tail + 1] = value
      self.tail_size = self.tail_size + #value
      self.position = self.position + #value
    else
      settle(self)
      local before = sub(self.data, 1, self.position - 1)
      before = before .. ('\0'):rep(self.position - 1 - #before)
      self.data = before .. value .. sub(self.data, self.position + #value)
      self.position = self.position + #value
    end
  end
  if not self.stream then
    changed[self] = true
  end
  return self
end

function File:flush()
  check_open(self)
  -- One write at a time, so that the newest is the last.
  local place <close> = take(self, 'flush')
  if not changed[self] then
    return self
  end
  settle(self)
  local data = self.data
  -- What other branches write meanwhile is not in it.
  changed[self] = nil
  if self.appending then
    self.data = ''
  end
  local written, message, number = host.write_file(self.path, data, self.appending and 'a' or 'w')
  if not written then
    changed[self] = true
    if self.appending then
      self.data = data .. self.data
    end
    return nil, message, number
  end
  return self
end

function File:seek(whence, offset)
  check_open(self)
  if self.stream or self.source then
    return nil, 'Illegal seek', 29
  end
  settle(self)
  local bases = { set = 0, cur = self.position - 1, ['end'] = #self.data }
  local base = bases[whence or 'cur']
  if base == nil then
    error(format("bad argument #1 to 'seek' (invalid option '%s')", tostring(whence)), 2)
  end
  local position = base + (offset or 0)
  if position < 0 then
    return nil, 'Invalid argument', 22
  end
  self.position = position + 1
  return position
end

-- Buffers are the host's business.
function File:setvbuf()
  return true
end

function File:close()
  check_open(self)
  local flushed, message, number = self:flush()
  changed[self] = nil
  self.closed = true
  if not flushed then
    return nil, message, number
  end
  return true
end

File.__close = function(file)
  if not file.closed and not file.stream then
    file:close()
  end
end

local io = {}
globals.io = io

io.stdout = new_file({ name = 'stdout', stream = 'stdout', writable = true, data = '' })
io.stderr = new_file({ name = 'stderr', stream = 'stderr', writable = true, data = '' })
io.stdin = new_file({ name = 'stdin', source = host.read_input, readable = true, data = '' })
local input, output = io.stdin, io.stdout

function io.open(path, mode)
  mode = mode or 'r'
  if not find(mode, '^[rwa]%+?b?$') then
    error("bad argument #2 to 'open' (invalid mode)", 2)
  end
  local kind, both = sub(mode, 1, 1), find(mode, '+', 1, true) ~= nil
  local data = ''
  if kind == 'r' then
    local message, number
    data, message, number = host.read_file(path)
    if not data then
      return nil, message, number
    end
  else
    local written, message, number = host.write_file(path, '', kind)
    if not written then
      return nil, message, number
    end
  end
  return new_file({
    name = path,
    path = path,
    data = data,
    readable = kind == 'r' or both,
    writable = kind ~= 'r' or both,
    appending = kind == 'a',
  })
end

local function choose(current, file, mode)
  if file == nil then
    return current
  end
  if type(file) == 'string' then
    local opened, message = io.open(file, mode)
    if not opened then
      error(message, 3)
    end
    return opened
  end
  return file
end

function io.input(file)
  input = choose(input, file, 'r')
  return input
end

function io.output(file)
  output = choose(output, file, 'w')
  return output
end

function io.read(...)
  return input:read(...)
end

function io.write(...)
  return output:write(...)
end

function io.lines(path, ...)
  if path == nil then
    return input:lines(...)
  end
  local file, message = io.open(path)
  if not file then
    error(message, 2)
  end
  return file:lines(...)
end

function io.close(file)
  return (file or output):close()
end

function io.type(value)
  if type(value) ~= 'table' or getmetatable(value) ~= File then
    return nil
  end
  return value.closed and 'closed file' or 'file'
end

function io.tmpfile()
  return io.open(host.temporary_name(), 'w+')
end

function io.popen()
  error('io.popen is not available: use a tool to run programs', 2)
end

local os = globals.os
local sleep = os.execute
function os.execute(command)
  if type(command) ~= 'string' or find(command, '^%s*sleep%s+%d+%.?%d*%s*[smhd]?%s*$') then
    return sleep(command)
  end
  local ok, how, status, printed, complaints = host.run_command(command)
  -- A command writes where the script does.
  if printed ~= '' then
    host.write('stdout', printed)
  end
  if complaints ~= '' then
    host.write('stderr', complaints)
  end
  return ok, how, status
end

os.remove, os.rename, os.tmpname = host.remove_file, host.rename_file, host.temporary_name

function engine.at_end()
  engine.leave_places()
  local files, problem = {}, nil
  for file in next, changed do
    files[#files + 1] = file
  end
  for i = 1, #files do
    local flushed, message = File.flush(files[i])
    problem = problem or not flushed and message
  end
  if problem then
    error(problem, 0)
  end
end
