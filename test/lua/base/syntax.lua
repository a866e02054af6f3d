-- expect-error: LUA_SYNTAX
local = 1
