-- Goes back to a step of a process that has ended, and tries again from there: the steps before it are not done again,
-- and the session that the process had made stays as it is.
--
--   npx llmspell run examples/lua/checkpointing.lua
--   npx llmspell run examples/lua/second-try.lua            # takes its last session up at the step "transform"
--   npx llmspell run examples/lua/second-try.lua --step analyze
--   npx llmspell diff <run> <fork>                          # what the second try did in another way
--
-- On the command line: llmspell fork <session> --at transform, and to see what came behind the step without doing
-- anything: llmspell replay <session> --from transform.

local step = ARGS.step or "transform"

local function lastProcess()
  for _, session in ipairs(Session.list({ name = "Long process" })) do
    if session.forked_from == nil and Session.canReplay(session.id) then
      return session.id
    end
  end
end

local session = lastProcess()
if not session then
  print("Run examples/lua/checkpointing.lua first, where runs are kept.")
  return
end

for _, checkpoint in ipairs(Session.checkpoints(session)) do
  print(("%-10s entry %s"):format(checkpoint.label, checkpoint.seq))
end

-- Waits for the fork, and is answered from the record when this script is itself resumed or replayed.
local fork = Session.resumeFrom(session, step)
print(("Second try from %s: %s, %d artifacts"):format(step, fork.status, #Artifact.list(fork.session)))
io.write(fork.output)
