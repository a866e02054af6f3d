-- A decision and what follows from it. A fork tries another decision without doing the work before it again:
--
--   npx llmspell run examples/lua/decision.lua           # prints the id of the run
--   npx llmspell runs show <run>                         # the entry of tool.execute is the decision
--   npx llmspell fork <run> --set 5='{"success":true,"result":"refund"}'
--   npx llmspell diff <run> <fork>                       # where the two part, and what came of it
--
-- The fork has its own copy of the session; the original run and its session stay as they were.

local session = Session.create({ name = "Complaint 4711", metadata = { amount = 80 } })
Artifact.store(session, "user_input", "complaint.txt", "The notebook arrived with a broken hinge.")
print("Read the complaint")

-- Stands for a model that decides.
local decision = Tool.execute("json-processor", { operation = "parse", input = '"repair"' })

local letters = {
  repair = "Please send the notebook back: we repair it for free.",
  refund = "We pay back 80 EUR. Please keep the notebook.",
}
local letter = letters[decision.result] or "A colleague will call you."
Artifact.store(session, "agent_output", "letter.txt", letter)
Session.updateMetadata(session, { decision = decision.result })
Session.complete(session)

print("Decision: " .. tostring(decision.result))
print(letter)
