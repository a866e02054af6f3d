local calls, good_after = 0, math.huge
local function performOperation(session_id)
  calls = calls + 1
  assert(Session.get(session_id).status == "active")
  if calls <= good_after then
    error("attempt " .. calls .. " went wrong")
  end
end
local printed = {}
local function print(text)
  printed[#printed + 1] = text
end

--> handling-errors.lua

assert(robustOperation() == false)
assert(calls == 3, "three attempts")
assert(table.concat(printed, "; ") == "Retrying... (attempt 1); Retrying... (attempt 2)")
local failed = Session.list({ status = "failed" })
assert(#failed == 1 and failed[1].failure_reason == "Max retries exceeded")
assert(failed[1].metadata.retry_count == 0)
local errors = Artifact.list(failed[1].id)
assert(#errors == 3 and errors[3].name == "error_attempt_3.txt")
assert(errors[3].metadata.error_type == "operation_failure" and errors[3].metadata.attempt == 3)
local text = Artifact.get(failed[1].id, errors[1].id).content
assert(text:find("attempt 1 went wrong", 1, true), text)

calls, good_after = 0, 1
assert(robustOperation() == true)
assert(calls == 2 and #Session.list({ status = "completed" }) == 1)
