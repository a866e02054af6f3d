local s = Session.create({
  title = "Original",
  description = "A talk",
  system_prompt = "Be brief.",
  tags = { "a", "b" },
  metadata = { exact = 1.0, list = { 1, 2 }, sparse = { [1] = "x", [9] = "y" }, bytes = "\xff\0", huge = math.maxinteger },
  initial_context = { customer = "cust_1", nan = 0 / 0, [true] = "odd" },
  provider = "openai",
  model = "gpt",
  provider_config = { temperature = 0.5 },
  tools = { "clock", { name = "weather", parameters = { type = "object", properties = {} } } },
})
Session.addMessage(s, "user", "one", { name = "Ada", metadata = { n = 1 } })
Session.addMessage(s, "assistant", "two", { provider = "openai", model = "gpt", usage = { input_tokens = 1, output_tokens = 2, cost_usd = 0.25 } })
Session.addMessage(s, "assistant", "another two", { parent = "msg_2" })
Session.addMessage(s, "assistant", nil, { tool_calls = { { id = "c1", name = "clock", arguments = { zone = "UTC", at = 1.5 } } } })
Session.addMessage(s, "tool", "12:00", { tool_call_id = "c1", name = "clock" })
Session.addMessage(s, "user", { "Look:", { type = "image", data = "\x89PNG\0\xff" }, { type = "image", url = "https://x.org/a.gif" } })
Session.addMessage(s, "user", ("long "):rep(4000))
local image = Artifact.store(s, "user_input", "cat.png", "\x89PNG cat", { mime_type = "image/png" })
Session.addMessage(s, "user", { { type = "image", artifact = image } })
Session.startConversation(s, { name = "Second", initial_prompt = { name = "setup", user_prompt = "Begin", extra = { 1 } } })
Session.useConversation(s, "conv_1")
Session.setResponse(s, "r", { success = true, at = 1.0 })

-- Everything that a session says of itself, but for its id and times.
local function told(id)
  local record, data = Session.get(id), Session.data(id)
  local text = {
    record.name, record.description, table.concat(record.tags, ","), record.status,
    math.type(record.metadata.exact), record.metadata.sparse[9], record.metadata.bytes, record.metadata.huge,
    data.context.customer, data.context[true], tostring(data.context.nan ~= data.context.nan),
    JSON.stringify(Session.responses(id)), table.concat({ Session.getProvider(id) }, "/"),
    JSON.stringify(Session.summary(id).config.tools), tostring(Session.summary(id).config.provider_config.temperature),
    Session.activeConversation(id), tostring(#Session.listConversations(id)), Session.listConversations(id)[2].name,
  }
  for _, message in ipairs(Session.history(id)) do
    local parts = {}
    for i, part in ipairs(message.parts or {}) do
      local data_of = part.data or (part.artifact and Artifact.get(id, part.artifact).content)
      parts[i] = part.type .. tostring(part.text) .. tostring(part.url) .. tostring(data_of) .. tostring(part.mime_type)
        .. (part.arguments and part.arguments.zone .. part.arguments.at or "")
    end
    text[#text + 1] = table.concat({
      message.id, message.role, message.content, message.timestamp, tostring(message.name), message.status,
      table.concat(message.parents, ","), tostring(message.model), tostring(message.metadata.n),
      message.usage and message.usage.cost_usd or "", message.tool_call_id or "", table.concat(parts, "|"),
    }, ";")
  end
  local second = Session.history(id, { conversation = "conv_2" })
  text[#text + 1] = second[2].content .. second[2].status .. second[2].name
  text[#text + 1] = Session.getMessage(id, "msg_3").content
  return table.concat(text, "\n")
end

-- A file brings everything back.
local file = TEMP .. "/session.json"
local before = told(s)
assert(Session.export(s, file) == true)
local imported = Session.import(file, { new_id = true })
assert(imported ~= s and told(imported) == before, told(imported))
assert(Session.get(imported).forked_from == s and #Artifact.list(imported) == 0)
assert(Session.data(imported).created_at == Session.data(s).created_at)
assert(Session.get(imported).message_count == Session.get(s).message_count)
assert(Session.addMessage(imported, "user", "next").id == "msg_12")

-- An id that is taken is not taken again, unless that is wanted.
local ok, err = pcall(Session.import, file)
assert(not ok and err.code == "SESSION_EXISTS" and err.hint:find("overwrite", 1, true))
Session.addMessage(s, "user", "lost when the file comes back")
Session.setContext(s, { other = true })
assert(Session.import(file, { overwrite = true, use_immediately = true }) == s)
assert(told(s) == before and Session.getCurrent() == s and #Artifact.list(s) == 1)
assert(Session.addMessage(s, "user", "next").id == "msg_12")
Session.delete(s)
assert(Session.import(file) == s and told(s) == before)

-- Save and load, as applications do it.
assert(Session.save(s, TEMP .. "/saved.json") == true and Session.save(s) == true)
local loaded = Session.loadFile(TEMP .. "/saved.json", { provider = "anthropic" })
assert(loaded ~= s and #Session.history(loaded) == #Session.history(s))
local provider, model = Session.getProvider(loaded)
assert(provider == "anthropic" and model == nil)
Session.delete(s)
assert(Session.load_file(TEMP .. "/saved.json", { use_immediately = true }) == s and Session.getCurrent() == s)

-- A copy is another session; the original does not change.
image = Artifact.store(s, "user_input", "dog.png", "\x89PNG dog", { mime_type = "image/png" })
Artifact.store(s, "user_input", "notes.txt", "not shown")
Session.addMessage(s, "user", { { type = "image", artifact = image } })
before = told(s)
local copy = Session.copy(s, { new_title = "Original" })
assert(copy ~= s and told(copy) == before and #Artifact.list(copy) == 1)
assert(Session.get(copy).forked_from == s)
Session.addMessage(copy, "user", "only here")
Session.updateMetadata(copy, { mine = true })
assert(told(s) == before and Session.getMetadata(s).mine == nil)
Session.complete(s)
local working = Session.copy(s, { use_immediately = true })
assert(Session.get(working).status == "active" and Session.get(working).title == "Copy of Original")
assert(Session.getCurrent() == working)

-- A copy that ends at a message.
local early = Session.copy(s, { at = "msg_3" })
local history = Session.history(early)
assert(#history == 3 and history[3].content == "two" and history[1].content == "Be brief.")
assert(#Session.listConversations(early) == 1 and Session.get(early).message_count == 3)
assert(Session.addMessage(early, "user", "other way").parents[1] == "msg_3")
assert(#Session.history(Session.copy(s, { at = "msg_1" })) == 1)

local function refused(code, action, ...)
  local fine, problem = pcall(action, ...)
  assert(not fine and problem.code == code, tostring(problem))
  return problem
end
local count = #Session.list()
refused("SESSION_NOT_FOUND", Session.copy, "nobody")
refused("MESSAGE_NOT_FOUND", Session.copy, s, { at = "msg_99" })
refused("BAD_ARGUMENT", Session.copy, s, { titel = "x" })
refused("SESSION_NOT_FOUND", Session.export, "nobody", file)
refused("POLICY_DENIED", Session.export, s, "/nowhere/x.json")
refused("POLICY_DENIED", Session.import, "/etc/hostname")
refused("FILE_NOT_FOUND", Session.import, TEMP .. "/missing.json")
refused("FILE_NOT_FOUND", Session.export, s, TEMP .. "/missing/x.json")
refused("FILE_FAILED", Session.export, s, TEMP)
refused("BAD_ARGUMENT", Session.export, s, file, { format = "xml" })
refused("BAD_ARGUMENT", Session.loadFile, file, { provider = 5 })
assert(#Session.list() == count)
