-- What goes wrong, and how it shows: errors are tables with a code, a message and a hint about what to do.
--
--   npx llmspell run examples/lua/troubleshooting.lua

-- Looking something up gives nil when it is not there; load also says why.
print(Session.get("some-uuid"))
print(Session.load("some-uuid"))

-- Doing something with it is an error.
local function explain(action, ...)
  local ok, err = pcall(action, ...)
  print(("\n%s: %s"):format(err.code, err.message))
  if err.hint then
    print("  " .. err.hint)
  end
end
explain(Session.complete, "some-uuid")

local session = Session.create({ name = "Troubleshooting" })
explain(Artifact.store, session, "user_input", "report.txt")
explain(Artifact.query, { session_id = session, tgas = { "report" } })
explain(Tool.execute, "json-procesor", {})
explain(Artifact.storeFile, session, "/etc/hostname", "user_input")

-- A tool that could not do its work says so in its result.
local reply = Tool.execute("json-processor", { operation = "parse", input = '{"open": ' })
print("\n" .. tostring(reply.success) .. ", " .. reply.error.code .. ": " .. reply.error.message)

-- Large contents: compress what compresses well before it meets the limit.
local large = ("data"):rep(100000)
local packed = Tool.execute("compression", { operation = "compress", algorithm = "gzip", input = large })
local id = Artifact.store(session, "user_input", "large.gz", packed.result, { original_size = #large })
print(("\n%d bytes packed into %d"):format(#large, Artifact.get(session, id).size))

Session.complete(session)
explain(Artifact.store, session, "user_input", "late.txt", "too late")
