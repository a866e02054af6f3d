-- The life of a session: made, suspended, resumed, ended, with a child session and a current session.
--
--   npx llmspell run examples/lua/session-lifecycle.lua

local parent = Session.create({
  name = "Quarterly analysis",
  description = "Everything about the fourth quarter",
  tags = { "analysis", "q4" },
  metadata = { department = "Sales", priority = "high" },
})
local child = Session.create({ name = "Data validation", parent_session_id = parent })

local function show(id)
  local session = Session.get(id)
  local reason = session.failure_reason and (": " .. session.failure_reason) or ""
  print(("%-18s %s%s"):format(session.name, session.status, reason))
end

-- Work can rest: a suspended session keeps all it has, and takes nothing new.
Session.suspend(parent)
show(parent)
local ok, err = pcall(Artifact.store, parent, "user_input", "late.txt", "too late")
print("  " .. tostring(err.code) .. ": " .. err.message)
Session.resume(parent)
show(parent)

-- The current session is the one that functions mean when they are given none.
Session.setCurrent(child)
Artifact.store(nil, "tool_result", "validation.txt", "3 rows are incomplete")
Session.fail(nil, "3 rows are incomplete")
Session.setCurrent(nil)
show(child)

-- Metadata may change at any time, also after the end.
Session.complete(parent)
Session.updateMetadata(parent, { reviewed_by = "jane.doe@company.com" })
show(parent)
print("reviewed by " .. Session.getMetadata(parent).reviewed_by)

-- An end is final.
ok, err = pcall(Session.resume, parent)
print("  " .. err.code .. ": " .. err.message .. " (" .. err.from .. " -> " .. err.to .. ")")

for _, session in ipairs(Session.children(parent)) do
  print(session.name .. " belongs to " .. Session.get(session.parent_session_id).name)
end
