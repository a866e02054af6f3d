-- What the Session global adds in Lua.
local engine = ...

local host, Session = engine.host, engine.globals.Session
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

-- Waits. The moment to go on is recorded, so a run that is resumed meanwhile waits for what is left.
function Session.sleep(seconds)
  host.sleep_until(host.wake_time(seconds, 'Session.sleep', 1))
end

-- Waits for an event of the current session; nil and false when `timeout` seconds are over.
function Session.waitForEvent(name, timeout)
  return host.wait_event(name, timeout and host.wake_time(timeout, 'Session.waitForEvent', 2))
end
Session.wait_for_event = Session.waitForEvent

-- Asks, and waits for the answer; nil and false when `options.timeout` seconds are over.
local ask = Session.waitForApproval
function Session.waitForApproval(session, name, options)
  local asked, id, since, till = ask(session, name, options)
  return host.wait_approval(asked, id, since, till, name, options)
end
Session.wait_for_approval = Session.waitForApproval

Session.Role = { SYSTEM = 'system', USER = 'user', ASSISTANT = 'assistant', TOOL = 'tool' }

local save, export = Session.save, Session.export

-- With a path the session is also written to a file there, as Session.export does it.
function Session.save(session, path, options)
  if path == nil then
    return save(session)
  end
  return save(session) and export(session, path, options)
end
