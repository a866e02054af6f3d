assert(dofile('modules/no.lua') == false, 'dofile returns what the file returns')
local chunk = assert(loadfile('modules/counter.lua'))
assert(chunk('n', 'p').path == 'p', 'loadfile compiles')
local env = {}
loadfile('modules/nothing.lua', 't', env)()
assert(env.GLOBAL_FROM_MODULE == 'set' and GLOBAL_FROM_MODULE == nil, 'with its own globals')
local nothing, message = loadfile('modules/broken.lua')
assert(nothing == nil and message:find('modules/broken.lua:1: ', 1, true), message)
nothing, message = loadfile('none.lua')
assert(nothing == nil and message:find('none.lua', 1, true), message)
local ok, err = pcall(function() dofile('none.lua') end)
assert(not ok and tostring(err):find('cannot open none.lua', 1, true), tostring(err))
for _, path in ipairs({ '../json/parse.lua', '/etc/passwd', TEMP .. '/../x' }) do
  assert(not pcall(dofile, path), path)
end
assert(not pcall(dofile), 'there is no standard input to compile')
