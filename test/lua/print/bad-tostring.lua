local ok, message = pcall(function()
  print(setmetatable({}, { __tostring = function() return {} end }))
end)
assert(not ok and message == "bad-tostring.lua:2: '__tostring' must return a string", message)
