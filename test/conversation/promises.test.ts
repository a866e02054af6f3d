/** What scripts that talk are promised, a sentence and a few lines of Lua for each. No model is asked. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { proven } from './proven.js';

describe('a session', () => {
  proven(
    'is ready as soon as it is created, and initialize does nothing',
    `local s = Session.create()
     assert(Session.initialize(s) and Session.initialize(s) and Session.addMessage(s, 'user', 'x'))
     local ok, err = pcall(Session.initialize, 'nobody')
     assert(not ok and err.code == 'SESSION_NOT_FOUND')`,
  );
  proven(
    'can be created with a title alone, as an argument or as a field',
    `assert(Session.get(Session.create('Technical Support Chat')).title == 'Technical Support Chat')
     assert(Session.get(Session.create({ title = 'Support' })).name == 'Support')`,
  );
  proven(
    'can have an id of its own, which is no UUID, and is found by it',
    `local id = 'user123'
     assert(Session.get(id) == nil)
     Session.create({ session_id = id, system_prompt = 'You are a helpful assistant.' })
     assert(Session.get(id).id == id and Session.history(id)[1].role == 'system')`,
  );
  proven(
    'has an id like a UUID when nobody gives it one',
    `assert(Session.create():find('^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$'))`,
  );
  proven(
    'is created and used in one call, or used later, and an unknown one is not used',
    `local a = Session.createAndUse({ title = 'Customer Support Chat', metadata = { category = 'support' } })
     assert(Session.getCurrent() == a)
     local b = Session.create()
     assert(Session.use(b) == true and Session.getCurrent() == b)
     assert(Session.use('unknown') == false and Session.getCurrent() == b)`,
  );
  proven(
    'keeps its context apart from its metadata',
    `local s = Session.create({ initial_context = { customer_id = 'cust_123' }, metadata = { priority = 'high' } })
     assert(Session.getContext(s).customer_id == 'cust_123' and Session.getContext(s).priority == nil)
     assert(Session.getMetadata(s).priority == 'high' and Session.getMetadata(s).customer_id == nil)`,
  );
  proven(
    'keeps the provider, its parameters and its tools as they were given',
    `local s = Session.create({
       provider = 'openai', provider_config = { temperature = 0.7, max_tokens = 500 }, tools = { 'clock' } })
     local config = Session.summary(s).config
     assert(config.provider == 'openai' and config.provider_config.temperature == 0.7)
     assert(math.type(config.provider_config.max_tokens) == 'integer' and config.tools[1] == 'clock')`,
  );
  proven(
    'changes its provider for good only when it is told to',
    `local s = Session.create({ provider = 'openai', model = 'gpt-4' })
     Session.addMessage(s, 'assistant', 'from another', { provider = 'anthropic', model = 'claude-3' })
     assert(Session.getProvider(s) == 'openai' and Session.history(s)[1].provider == 'anthropic')
     Session.setProvider(s, 'anthropic', 'claude-3')
     local provider, model = Session.getProvider(s)
     assert(provider == 'anthropic' and model == 'claude-3')`,
  );
  proven(
    'takes the name of the variable that holds a key, or its handle, and never the key',
    `assert(Session.create({ api_key = 'CHAT_KEY' }) and Session.create({ api_key = { secret = 'CHAT_KEY' } }))
     local ok, err = pcall(Session.create, { api_key = 'your-api-key' })
     assert(not ok and err.code == 'BAD_ARGUMENT' and not err.message:find('your-api-key', 1, true))
     assert(#Session.list() == 2)`,
    { settings: { 'runtime.security.secrets': ['CHAT_KEY'] } },
  );
  proven(
    'of which the user says that it is resolved or active is neither for the lifecycle',
    `local s = Session.create({ metadata = { status = 'active' } })
     assert(Session.updateMetadata(s, { status = 'resolved', resolution_time = '2023-07-15T15:30:00Z' }) == true)
     assert(Session.get(s).status == 'active' and Session.getMetadata(s).status == 'resolved')
     assert(Session.getMetadata(s).resolution_time == '2023-07-15T15:30:00Z')`,
  );
  proven(
    'merges changes of its metadata key by key',
    `local s = Session.create({ metadata = { a = 1, nested = { x = 1 } } })
     Session.updateMetadata(s, { b = 2, nested = { y = 2 } })
     local metadata = Session.getMetadata(s)
     assert(metadata.a == 1 and metadata.b == 2 and metadata.nested.x == nil and metadata.nested.y == 2)`,
  );
  proven(
    'is listed with its title and its messages, the one that changed last first, as many as wanted',
    `for n = 1, 3 do
       Session.addMessage(Session.create({ title = 's' .. n, metadata = { odd = n % 2 == 1 } }), 'user', 'x')
       os.execute('sleep 0.002')
     end
     local list = Session.list({ limit = 2 })
     assert(#list == 2 and list[1].title == 's3' and list[2].title == 's2' and list[1].message_count == 1)
     assert(math.type(list[1].created_at) == 'integer' and list[1].updated_at >= list[1].created_at)
     assert(#Session.list() == 3)`,
  );
  proven(
    'is found by several fields of its metadata at once',
    `local s = Session.create({ metadata = { category = 'support', priority = 'high' } })
     Session.create({ metadata = { category = 'support', priority = 'low' } })
     local found = Session.list({ filter_metadata = { category = 'support', priority = 'high' } })
     assert(#found == 1 and found[1].id == s)`,
  );
  proven(
    'that is deleted was there, and one that was not is none',
    `local s = Session.create()
     Session.addMessage(s, 'user', 'x')
     assert(Session.delete(s) == true and Session.delete(s) == false and Session.data(s) == nil)`,
  );
  proven(
    'counts what was said, kept and used',
    `local s = Session.create()
     Session.setResponse(s, 'task_response', { success = true, metadata = { processing_time = 2.5 } })
     Session.addMessage(s, 'user', 'x')
     Session.addMessage(s, 'assistant', 'y', { usage = { input_tokens = 7, output_tokens = 3, cost_usd = 0.5 } })
     Artifact.storeData(s, { name = 'a', data = { 1 } })
     local summary = Session.summary(s)
     assert(summary.session_id == s and summary.response_count == 1 and summary.artifact_count == 1)
     assert(summary.usage.total_tokens == 10 and summary.usage.cost_usd == 0.5 and summary.usage.calls == 1)
     assert(Session.responses(s).task_response.metadata.processing_time == 2.5)`,
  );
  proven(
    'tells what went wrong in it',
    `local s = Session.create()
     Session.setResponse(s, 'r', { success = false, error = 'no answer' })
     Session.fail(s, 'gave up')
     local errors = Session.errors(s)
     assert(#errors == 2 and errors[1].message == 'no answer' and errors[2].message == 'gave up')`,
  );
});

describe('a message', () => {
  proven(
    'is added without asking a model, by roles that have names',
    `local s = Session.create({ system_prompt = 'You are a helpful AI assistant.' })
     Session.addMessage(s, Session.Role.USER, 'Hello, who are you?')
     Session.addMessage(s, Session.Role.ASSISTANT, 'An assistant.')
     assert(Session.Role.SYSTEM == 'system' and Session.Role.TOOL == 'tool')
     assert(#Session.history(s) == 3 and #Session.history(s, { include_system = false }) == 2)`,
  );
  proven(
    'has an id that counts, a role, a content, and a time to the millisecond in UTC',
    `local s = Session.create()
     local m = Session.addMessage(s, 'user', 'x')
     assert(m.id == 'msg_1' and m.role == 'user' and m.content == 'x')
     assert(m.timestamp:find('^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$'))`,
  );
  proven(
    'keeps the calls of tools and their results',
    `local s = Session.create()
     Session.addMessage(s, 'assistant', 'I look.', { tool_calls = { { id = 'c1', name = 'clock', arguments = {} } } })
     Session.addMessage(s, 'tool', '12:00:00', { tool_call_id = 'c1', name = 'clock' })
     local h = Session.history(s)
     assert(h[1].tool_calls[1].id == 'c1' and h[2].tool_call_id == 'c1' and h[2].content == '12:00:00')`,
  );
  proven(
    'of a history can be chosen by what it says',
    `local s = Session.create()
     Session.addMessage(s, 'user', 'about the topic')
     Session.addMessage(s, 'user', 'about the weather')
     local relevant = {}
     for _, msg in ipairs(Session.history(s)) do
       if msg.content:find('topic') then table.insert(relevant, msg) end
     end
     assert(#relevant == 1 and relevant[1].id == 'msg_1')`,
  );
  proven(
    'goes when the history is cleared, and the system prompt stays unless it is to go too',
    `local s = Session.create({ system_prompt = 'Be brief.' })
     Session.addMessage(s, 'user', 'x')
     Session.clearHistory(s)
     assert(#Session.history(s) == 1 and Session.history(s)[1].content == 'Be brief.')
     Session.clearHistory(s, { keep_system_prompt = false })
     assert(#Session.history(s) == 0)`,
  );
  proven(
    'is refused by a session that rests or has ended, and everything can still be read there',
    `local s = Session.create()
     Session.addMessage(s, 'user', 'kept')
     for _, change in ipairs({ 'suspend', 'complete' }) do
       Session[change](s)
       local ok, err = pcall(Session.addMessage, s, 'user', 'x')
       assert(not ok and err.code == 'SESSION_STATE')
       assert(#Session.history(s) == 1 and #Session.data(s).messages == 1)
     end`,
  );
});

describe('a conversation', () => {
  proven(
    'is started with a name and a prompt, becomes the active one, and its prompt waits',
    `local s = Session.create()
     local id = Session.startConversation(s, { name = 'Analysis Session', initial_prompt = {
       name = 'initial_setup', system_prompt = 'You are a helpful assistant.', user_prompt = "Let's begin." } })
     assert(Session.activeConversation(s) == id)
     local h = Session.history(s)
     assert(h[1].role == 'system' and h[2].status == 'pending' and h[2].name == 'initial_setup')`,
  );
  proven(
    'is one of several, and each has a history of its own',
    `local s = Session.create()
     Session.addMessage(s, 'user', 'first')
     local second = Session.startConversation(s, 'second')
     assert(#Session.history(s) == 0 and #Session.listConversations(s) == 2)
     assert(Session.useConversation(s, 'conv_1') and Session.history(s)[1].content == 'first')`,
  );
  proven(
    'shows what led to a message, as far back as wanted, and all its branches',
    `local s = Session.create()
     for n = 1, 8 do Session.addMessage(s, 'user', 'm' .. n) end
     Session.addMessage(s, 'user', 'other', { parent = 'msg_4' })
     local history = Session.conversationHistory(s, { node_id = 'msg_8', max_depth = 5 })
     assert(#history == 6 and history[1].id == 'msg_3' and history[6].id == 'msg_8')
     local tree = Session.historyTree(s)
     assert(#tree[1].messages == 4 and #tree[1].branches == 2)`,
  );
  proven(
    'as a plain table has exactly the fields that chat programs know',
    `local s = Session.create({ title = 'T', initial_context = { a = 1 }, metadata = { b = 2 } })
     Session.addMessage(s, 'user', 'x')
     local names = {}
     for name in pairs(Session.data(s)) do names[#names + 1] = name end
     table.sort(names)
     assert(table.concat(names, ' ') == 'context created_at id messages metadata title updated_at')
     local missing, why = Session.data('nobody')
     assert(missing == nil and type(why) == 'string')`,
  );
});

describe('a session as a file', () => {
  proven(
    'is saved, and loaded with another provider',
    `local s = Session.create({ system_prompt = 'You are a helpful assistant.', provider = 'openai' })
     Session.addMessage(s, 'user', 'Tell me about quantum computing.')
     Session.save(s, TEMP .. '/my_conversation.json')
     local loaded = Session.loadFile(TEMP .. '/my_conversation.json', { provider = 'anthropic' })
     assert(loaded ~= s and Session.getProvider(loaded) == 'anthropic' and Session.getProvider(s) == 'openai')
     assert(Session.history(loaded)[2].content == 'Tell me about quantum computing.')`,
  );
  proven(
    'is exported, and imported under its own id or another, current at once if wanted',
    `local s = Session.create('Demo')
     Session.addMessage(s, 'user', 'x')
     assert(Session.export(s, TEMP .. '/demo_session.json') == true)
     local other = Session.import(TEMP .. '/demo_session.json', { new_id = true, use_immediately = true })
     assert(other ~= s and Session.getCurrent() == other and Session.data(other).title == 'Demo')
     Session.delete(s)
     assert(Session.import(TEMP .. '/demo_session.json') == s)`,
  );
  proven(
    'never silently takes the place of a session',
    `local s = Session.create('Kept')
     Session.export(s, TEMP .. '/kept.json')
     Session.rename(s, 'Renamed')
     local ok, err = pcall(Session.import, TEMP .. '/kept.json')
     assert(not ok and err.code == 'SESSION_EXISTS' and Session.get(s).name == 'Renamed')
     assert(Session.import(TEMP .. '/kept.json', { overwrite = true }) == s and Session.get(s).name == 'Kept')`,
  );
  proven(
    'that is broken changes nothing',
    `local out = io.open(TEMP .. '/broken.json', 'w')
     out:write('{"id": "x", "messages": [{"role": "user", "content": "fine"}, {"role": "nobody"}]}')
     out:close()
     local ok, err = pcall(Session.import, TEMP .. '/broken.json')
     assert(not ok and err.code == 'SESSION_FILE_CORRUPT' and err.message:find('messages[1].role', 1, true))
     assert(#Session.list() == 0)`,
  );
});

describe('a session made of others', () => {
  proven(
    'is a copy with a title of its own, which is current at once if wanted',
    `local s = Session.create({ title = 'Customer Onboarding Template', metadata = { kind = 'template' } })
     Session.addMessage(s, 'user', 'x')
     local copy = Session.copy(s, { new_title = 'Copy - Customer Onboarding Template', use_immediately = true })
     assert(Session.getCurrent() == copy and Session.get(copy).title == 'Copy - Customer Onboarding Template')
     Session.addMessage(copy, 'user', 'y')
     assert(#Session.history(s) == 1 and #Session.history(copy) == 2 and Session.getMetadata(copy).kind == 'template')`,
  );
  proven(
    'is a merge in the order of times, and the others stay as they are',
    `local a, b = Session.create('a'), Session.create('b')
     for n = 1, 2 do
       Session.addMessage(a, 'user', 'a' .. n)
       os.execute('sleep 0.003')
       Session.addMessage(b, 'user', 'b' .. n)
       os.execute('sleep 0.003')
     end
     local merged = Session.merge({ b, a }, { title = 'Combined Support Case', use_immediately = true })
     local texts = {}
     for i, message in ipairs(Session.history(merged)) do texts[i] = message.content end
     assert(table.concat(texts, ' ') == 'a1 b1 a2 b2' and Session.getCurrent() == merged)
     assert(#Session.history(a) == 2 and #Session.history(b) == 2)`,
  );
});

describe('data that is stored', () => {
  proven(
    'comes back as a table by its id alone, and is listed with its session',
    `local s = Session.createAndUse()
     local artifact = Artifact.storeData(s, { name = 'analysis_result', data = { summary = 'Analysis findings...' },
       content_type = 'json', metadata = { type = 'analysis' } })
     local retrieved = Artifact.get(nil, artifact.id)
     assert(retrieved.data.summary == 'Analysis findings...' and retrieved.metadata.type == 'analysis')
     local all = Artifact.list(s)
     assert(#all == 1 and all[1].id == artifact.id and all[1].mime_type == 'application/json')`,
  );
  proven(
    'is text, JSON or bytes, by its content type or by what it is',
    `local s = Session.create()
     local function type_of(data, content_type)
       return Artifact.storeData(s, { name = 'd', data = data, content_type = content_type }).mime_type
     end
     assert(type_of('x') == 'text/plain' and type_of({}) == 'application/json')
     assert(type_of('x', 'binary') == 'application/octet-stream' and type_of('x', 'image/png') == 'image/png')`,
  );
});

test('a session is there again after the program ended', async () => {
  const dataDir = temporaryFolder();
  const first = await Runtime.open({ dataDir });
  const { value } = await first.eval(`
    local s = Session.create({ system_prompt = 'Be brief.', initial_context = { n = 1 } })
    Session.addMessage(s, 'user', 'before')
    return s`);
  await first.close();
  await using second = await Runtime.open({ dataDir });
  const { error } = await second.eval(
    `local s = ...
     assert(#Session.history(s) == 2 and Session.getContext(s).n == 1)
     assert(Session.addMessage(s, 'assistant', 'after').parents[1] == 'msg_2')`,
    { args: [value as string] },
  ).outcome;
  expect(error).toBeUndefined();
});

test('what is used after the end of its runtime says so', async () => {
  const runtime = await Runtime.open({ dataDir: join(temporaryFolder(), 'data') });
  const { sessions } = runtime;
  const { id } = await sessions.create();
  await runtime.close();
  await expect(sessions.addMessage(id, { role: 'user', content: 'x' })).rejects.toMatchObject({
    code: 'RUNTIME_CLOSED',
  });
});
