-- Tries an operation several times, waits longer before each try, and keeps every error as an artifact.
--
--   npx llmspell run examples/lua/retries.lua

local function withRetries(name, max_retries, operation)
  local session = Session.create({ name = name, metadata = { max_retries = max_retries } })
  for attempt = 1, max_retries do
    local success, result = pcall(operation, attempt)
    if success then
      Session.updateMetadata(session, { attempts = attempt })
      Session.complete(session)
      return true, result, session
    end
    Artifact.store(session, "system_generated", ("error_attempt_%d.txt"):format(attempt), tostring(result), {
      error_type = "operation_failure",
      attempt = attempt,
    })
    if attempt < max_retries then
      print(("%s: retrying... (attempt %d)"):format(name, attempt))
      -- Waits without blocking the host.
      os.execute(("sleep %.2f"):format(0.05 * 2 ^ attempt))
    end
  end
  Session.fail(session, "max retries exceeded")
  return false, nil, session
end

local ok, answer, session = withRetries("Flaky service", 3, function(attempt)
  if attempt < 3 then
    error("no answer", 0)
  end
  return "42"
end)
print(("Flaky service: %s after %d attempts"):format(answer, Session.getMetadata(session).attempts))

ok, answer, session = withRetries("Broken service", 2, function(attempt)
  error("connection " .. attempt .. " was refused", 0)
end)
local record = Session.get(session)
print("Broken service: " .. record.status .. ", " .. record.failure_reason)
for _, artifact in ipairs(Artifact.list(session)) do
  print("  " .. artifact.name .. ": " .. Artifact.get(session, artifact.id).content)
end
