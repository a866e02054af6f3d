-- expect-error: LUA_ERROR
require('modules.fails')
