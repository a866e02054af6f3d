-- A release that a person has to agree to. While nobody has, the run sleeps: no process, no memory, as long as it takes.
--
--   npx llmspell run examples/lua/approval.lua --patience 60      asks you, if you are at a terminal
--   npx llmspell run --detach examples/lua/approval.lua --wait    ends, and leaves the run asleep
--   npx llmspell runs                                             tells what it waits for
--   npx llmspell runs approve RUN deploy --comment "go ahead"     or --deny; from any process, with your name
--   npx llmspell resume --all                                     goes on with it; resume --all --watch stays
--
-- Without --wait a second branch answers after a second, or --patience, in place of somebody who never comes.

local waits = ARGS.wait ~= nil
local release = Session.create({ name = "Release 12", tags = { "release" } })
Artifact.store(release, "tool_result", "changes.txt", "Two fixes, one new page.")

local function decide()
  local answer, came = Session.waitForApproval(release, "deploy", {
    question = "Deploy build 12?",
    data = { build = 12, changes = "Two fixes, one new page." },
    timeout = 7 * 24 * 3600,
  })
  if not came then
    return "nobody has answered for a week", false
  end
  local who = answer.by and (" by " .. answer.by) or ""
  local why = answer.comment and (": " .. answer.comment) or ""
  return (answer.approved and "approved" or "denied") .. who .. why, answer.approved
end

-- Any script that knows the session can answer.
local function stand_in()
  Session.sleep(tonumber(ARGS.patience) or 1)
  local ok, err = pcall(Session.approve, release, "deploy", { approved = false, comment = "nobody came" })
  -- You were faster.
  assert(ok or err.code == "QUESTION_STATE", err)
end

local decision, isApproved
parallel({
  function() decision, isApproved = decide() end,
  not waits and stand_in or nil,
})
print("Deploying build 12: " .. decision)

if isApproved then
  Artifact.store(release, "tool_result", "deployed.txt", "Build 12 is live.")
  Session.complete(release)
else
  Session.fail(release, decision)
end
print("Session: " .. Session.get(release).status)
