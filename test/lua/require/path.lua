assert(type(package.path) == 'string' and package.path:find('?', 1, true), 'package.path has the configured templates')
assert(not pcall(require, 'hidden'), 'not on the path yet')
package.path = './modules/deep/?.lua;' .. package.path
assert(require('hidden') == 'found by path', 'a script may extend the path')
assert(require('modules.counter').add(1, 1) == 2, 'the old templates still count')

-- The path opens nothing that the configuration keeps closed.
package.path = '../json/?.lua;/etc/?'
local ok, err = pcall(require, 'array')
assert(not ok and err.code == 'POLICY_DENIED', tostring(err))
ok, err = pcall(require, 'passwd')
assert(not ok and err.code == 'POLICY_DENIED', tostring(err))
ok, err = pcall(require, 'none')
assert(not ok and tostring(err):find("no file '/etc/none'", 1, true), tostring(err))
package.path = 5
ok, err = pcall(function() require('other') end)
assert(not ok and err:find("'package.path' must be a string", 1, true), tostring(err))
