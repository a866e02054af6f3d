-- A module that several branches require is loaded once: the others wait for the one that loads it.
local function load(name)
  return function() return require(name) end
end

local slow = parallel({ load('modules.slow'), load('modules.slow'), load('modules.slow') })
assert(LOADS == 1 and slow[1] == slow[2] and slow[2] == slow[3] and slow[1].number == 1)
assert(require('modules.slow') == slow[1] and package.loaded['modules.slow'] == slow[1])

-- When it fails for one, the next one tries.
local failing = parallel({ load('modules.failing'), load('modules.failing'), load('modules.failing') }, { settle = true })
assert(failing[1].error == 'attempt 1' and failing[2].error == 'attempt 2' and failing[3].value == 'third time')

-- Modules that require each other are an error, also when the ring goes through two branches that wait for each other.
local ring = parallel({ load('modules.ring_a'), load('modules.ring_b') }, { settle = true })
local failed = 0
for _, entry in ipairs(ring) do
  if not entry.ok then
    failed = failed + 1
    assert(entry.error:find('requires itself, directly or through others', 1, true), entry.error)
  end
end
assert(failed >= 1)
local ok, err = pcall(require, 'modules.inside')
assert(not ok and err:find("module 'modules.inside' requires itself", 1, true), err)

-- One that is loaded by a branch of a branch is no ring.
package.loaded['modules.slow'], LOADS = nil, nil
local below = parallel({ load('modules.below'), load('modules.slow'), load('modules.below') })
assert(LOADS == 1 and below[1] == below[3] and below[1][1] == below[2] and below[1][2] == below[2])
