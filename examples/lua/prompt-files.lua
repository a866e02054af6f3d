-- Prompts that stand in files, with variables: one alone, and several of which one needs the answer of another.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/prompt-files.lua

local prompts = LLM.loadPrompts("prompts")
local session = Session.create({ name = "Travel" })

print((Session.generate(session, prompts.facts, { variables = { month = "May" } })))

local nodes = Session.executeParallel(session, { prompts.plan, prompts.facts }, {
  variables = { city = "Basel", month = "June" },
})
print(Session.getMessage(session, nodes[1]).content)

-- Without a value nothing is asked, and the error says where the variable stands.
local ok, err = pcall(Session.executePrompt, session, prompts.facts)
print(ok, err.message)
Session.complete(session)
