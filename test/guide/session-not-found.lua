local printed = {}
local function print(text)
  printed[#printed + 1] = text
end

--> session-not-found.lua

assert(metadata == nil)
assert(#printed == 1 and printed[1] == "Session does not exist: some-uuid")
