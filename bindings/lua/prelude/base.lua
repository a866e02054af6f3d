-- print, require and their like: what Lua has in C, on top of host calls.
local engine = ...

local host = engine.host
local globals = engine.globals
local tostring, load, error, next, type, select = tostring, load, error, next, type, select
local concat, setmetatable, sub = table.concat, setmetatable, string.sub

function globals.print(...)
  local count = select('#', ...)
  local parts = { ... }
  for i = 1, count do
    parts[i] = tostring(parts[i])
  end
  host.write('stdout', concat(parts, '\t', 1, count) .. '\n')
end

function globals.warn(...)
  local parts = { ... }
  if #parts == 1 and type(parts[1]) == 'string' and parts[1]:sub(1, 1) == '@' then
    return
  end
  host.write('stderr', 'Lua warning: ' .. concat(parts) .. '\n')
end

local os, time = globals.os, globals.os.time

-- A date table gets its fields back in their usual ranges: the 32nd of January becomes the 1st of February.
function os.time(date)
  if date == nil then
    return (time())
  end
  local seconds, fields = time(date)
  for name, value in next, fields do
    date[name] = value
  end
  return seconds
end

local randomseed = math.randomseed

function math.randomseed(...)
  if select('#', ...) == 0 then
    return randomseed(host.random_seed())
  end
  return randomseed(...)
end

local LOADING = {}
local loaded, preload = {}, {}
-- The modules that are being loaded, each with the path of the branch that does it; and what other branches wait for,
-- by their paths.
local loading, wanted = {}, {}
local current_branch, wait_for, changed = engine.current_branch, engine.wait_for, engine.changed

local function is_in(path, above)
  return path == above or sub(path, 1, #above + 1) == above .. '.'
end

-- Whether a branch can't go on before `mine` does: it has started it, or waits for a module that such a one loads.
local function needs(path, mine)
  if is_in(mine, path) then
    return true
  end
  for waiting, name in next, wanted do
    if is_in(waiting, path) and loading[name] and needs(loading[name].path, mine) then
      return true
    end
  end
  return false
end

-- Waits while another branch loads a module; what it came to, if it did.
local function awaited(name, path)
  while loaded[name] == LOADING do
    local entry = loading[name]
    if entry == nil or needs(entry.path, path) then
      error("module '" .. name .. "' requires itself, directly or through others", 3)
    end
    wanted[path] = name
    wait_for(entry, 'require')
    wanted[path] = nil
  end
  return loaded[name]
end

local package = { loaded = loaded, preload = preload, config = '/\n;\n?\n!\n-\n', path = host.module_path() }
globals.package = package
for name, library in next, globals do
  if type(library) == 'table' and name ~= 'package' and name ~= '_G' then
    loaded[name] = library
  end
end
loaded._G = globals

local function loader_of(name)
  local loader = preload[name]
  if loader ~= nil then
    return loader, ':preload:'
  end
  if type(package.path) ~= 'string' then
    error("'package.path' must be a string", 3)
  end
  local found, tried = host.find_module(name, package.path)
  if not found then
    error("module '" .. name .. "' not found:\n\tno field package.preload['" .. name .. "']" .. tried, 3)
  end
  local chunk, message = load(found.source, '@' .. found.path)
  if not chunk then
    error("error loading module '" .. name .. "' from file '" .. found.path .. "':\n\t" .. message, 3)
  end
  return chunk, found.path
end

function globals.require(name)
  if type(name) ~= 'string' then
    error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ')', 2)
  end
  local known = loaded[name]
  if known ~= nil and known ~= LOADING then
    return known
  end
  local _, path = current_branch()
  known = awaited(name, path)
  if known ~= nil then
    return known
  end
  loaded[name], loading[name] = LOADING, { path = path }
  local finished <close> = setmetatable(loading[name], {
    __close = function(entry)
      if loading[name] == entry then
        loading[name] = nil
        if loaded[name] == LOADING then
          loaded[name] = nil
        end
      end
      changed(entry)
    end,
  })
  local loader, where = loader_of(name)
  local value = loader(name, where)
  if value ~= nil then
    loaded[name] = value
  elseif loaded[name] == LOADING then
    loaded[name] = true
  end
  return loaded[name], where
end

function globals.loadfile(path, mode, ...)
  local found, message = host.read_chunk(path)
  if not found then
    return nil, message
  end
  return load(found.source, '@' .. found.path, mode, ...)
end

function globals.dofile(path)
  local chunk, message = globals.loadfile(path)
  if not chunk then
    error(message, 2)
  end
  return chunk()
end
