-- What the Session global adds in Lua.
local engine = ...

local Session = engine.globals.Session
local setmetatable = setmetatable

local Builder = {}
Builder.__index = Builder

-- Sets a field and goes on: Session.builder():name('Report'):tag('weekly'):build()
for _, field in next, { 'name', 'description', 'metadata', 'tags', 'parent_session_id', 'session_id' } do
  Builder[field] = function(self, value)
    self.options[field] = value
    return self
  end
end

function Builder:tag(tag)
  local tags = self.options.tags or {}
  tags[#tags + 1] = tag
  self.options.tags = tags
  return self
end

function Builder:build()
  return (Session.create(self.options))
end

function Session.builder()
  return setmetatable({ options = {} }, Builder)
end
