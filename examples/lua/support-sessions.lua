-- Talks with customers: found by what is known of them, exported and imported, copied and merged.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/support-sessions.lua

-- A session has a title, a context that belongs to the talk, and metadata to find it by.
local session = Session.createAndUse({
  title = "Customer Support Chat",
  initial_context = { customer_id = "cust_123", product = "Desk lamp" },
  metadata = { category = "support", priority = "high", status = "open" },
})

-- The current session is the one that calls mean which name none.
print((Session.generate(nil, "I'm having trouble installing the software.")))
print((Session.generate(nil, "I'm using Windows 11.")))

-- The whole of it as chat programs exchange it.
local data = Session.data(session)
print(("%s for %s"):format(data.title, data.context.customer_id))
for _, message in ipairs(data.messages) do
  print(("  %s %s: %s"):format(message.id, message.role, message.content))
end

-- Metadata changes key by key, and finds sessions.
Session.updateMetadata(session, { status = "resolved", resolution_time = os.date("!%Y-%m-%dT%H:%M:%SZ") })
print("Status: " .. Session.getMetadata(session).status)
local found = Session.list({ limit = 10, filter_metadata = { category = "support", priority = "high" } })
print("Found: " .. found[1].title)

-- A file of it, and a session from the file.
local path = os.tmpname()
Session.export(session, path)
local imported = Session.import(path, { new_id = true })
os.remove(path)
print(("Imported: %d messages under another id"):format(#Session.data(imported).messages))

-- A copy goes its own way; the original does not change.
local copy = Session.copy(session, { new_title = "Customer Support Chat, second try" })
print((Session.generate(copy, "It works now.")))
print(("%d messages here, %d there"):format(#Session.history(session), #Session.history(copy)))

-- Several become one, in the order in which things were said.
local merged = Session.merge({ session, copy }, { title = "Combined Support Case", use_immediately = true })
local record = Session.get(merged)
print(("%s: %d messages, current: %s"):format(record.title, record.message_count, Session.getCurrent() == merged))

print("Deleted: " .. tostring(Session.delete(imported)) .. ", " .. tostring(Session.delete(imported)))
for _, id in ipairs({ session, copy, merged }) do
  Session.complete(id)
end
