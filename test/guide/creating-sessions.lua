--> creating-sessions.lua

local parent = assert(Session.get(session_id))
assert(parent.name == "Data Analysis Session" and parent.status == "active")
assert(parent.description == "Processing Q4 sales data")
assert(table.concat(parent.tags, ",") == "analysis,sales,q4-2024")
assert(parent.metadata.department == "Sales" and parent.metadata.priority == "high")
assert(parent.metadata.analyst == "jane.doe@company.com")

local child = assert(Session.get(child_id))
assert(child.name == "Data Validation" and child.parent_session_id == session_id)
assert(#Session.children(session_id) == 1 and Session.children(session_id)[1].id == child_id)
assert(#Session.list() == 3, "the session without options is there too")
