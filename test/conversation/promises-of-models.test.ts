/** What those who ask models are promised, a sentence and a few lines for each, where no other test has the sentence. */
import { describe, expect, test } from 'vitest';
import {
  defineTool,
  type ExecutedPrompts,
  MessageRole,
  Runtime,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';
import { proven } from './proven.js';

const RULES = {
  rule: [
    { after_tool: true, text: 'It is {{tool_result}}.' },
    { contains: 'What time', tool_calls: [{ name: 'get_current_time', arguments: {} }] },
    { contains: 'refused', error: { status: 400, message: 'no' } },
    { contains: 'only far', model: 'n1', error: { status: 503, retry_after_ms: 1 } },
    { text: '{{model}}, turn {{turn}}: {{input}}' },
  ],
};

/** Two providers, of which the second has a model that reads images and much text. */
const TWO = {
  config: {
    providers: {
      default_provider: 'near',
      near: { default_model: 'n1', max_retries: 0 },
      far: { default_model: 'f1' },
    },
    models: {
      n1: { context_window: 16_000, tools: true, input_price: 1, output_price: 1 },
      f1: { context_window: 200_000, tools: true, vision: true, input_price: 3, output_price: 15 },
      f2: {
        provider: 'far',
        vision: true,
        context_window: 64_000,
        input_price: 9,
        output_price: 90,
      },
    },
  },
  providers: { near: scriptedProvider(RULES), far: scriptedProvider(RULES) },
};

function holds(sentence: string, lua: string): void {
  proven(sentence, lua, TWO);
}

describe('a call in a session', () => {
  holds(
    'goes to the provider that it names, as a name or an object, and the next one to that of the session',
    `local far = LLM.create('far', { model = 'f1' })
     local s = Session.create({ provider = 'near' })
     assert(Session.generate(s, 'a') == 'n1, turn 1: a')
     assert(Session.generate(s, 'b', { provider = far }) == 'f1, turn 2: b')
     assert(Session.generate(s, 'c', { provider = 'far', model = 'f2' }) == 'f2, turn 3: c')
     assert(Session.generate(s, 'd') == 'n1, turn 4: d')
     Session.setProvider(s, 'far')
     assert(Session.generate(s, 'e') == 'f1, turn 5: e')
     local by = {}
     for i, message in ipairs(Session.history(s)) do
       by[i] = message.provider and message.provider .. '/' .. message.model or message.role
     end
     assert(table.concat(by, ' ') == 'user near/n1 user far/f1 user far/f2 user near/n1 user far/f1')`,
  );
  holds(
    'takes an object as the provider of the session, too',
    `local s = Session.create({ system_prompt = 'You help.', provider = LLM.create('far', { model = 'f2' }) })
     local text, response = Session.generate(s, 'x')
     assert(text == 'f2, turn 1: x' and response.provider == 'far')`,
  );
  holds(
    'is answered by a fallback when its provider fails, and says who failed',
    `local s = Session.create()
     local _, response = Session.generate(s, 'only far', { fallback = { 'far' } })
     assert(response.provider == 'far' and response.metadata.failures[1].provider == 'near')
     assert(Session.history(s)[2].provider == 'far')
     local ok, err = pcall(Session.generate, s, 'only far')
     assert(not ok and err.code:find('^PROVIDER_') and #Session.history(s) == 2)`,
  );
  holds(
    'tells the model a part of the history when it is given one, and keeps all of it',
    `local s = Session.create({ system_prompt = 'You help.' })
     Session.generate(s, 'about the topic')
     Session.generate(s, 'about the weather')
     local relevant = {}
     for _, message in ipairs(Session.history(s)) do
       if message.content:find('topic') then table.insert(relevant, message) end
     end
     assert(#relevant == 2)
     assert(Session.generate(s, 'so?', { messages = relevant }) == 'n1, turn 2: so?')
     assert(#Session.history(s) == 7)`,
  );
  holds(
    'goes on in a new session with a summary of the old one',
    `local s = Session.create()
     Session.generate(s, 'quantum')
     local summary = Session.generate(s, 'Summarize our conversation so far in a concise way.')
     local next_one = Session.create({ system_prompt = 'Previous conversation summary: ' .. summary })
     assert(Session.history(next_one)[1].content:find('turn 2: Summarize', 1, true))`,
  );
});

describe('the tools of a session', () => {
  holds(
    'are definitions, what Tool.define answers, or names',
    `local definition = { name = 'get_current_time', description = 'The time', run = function() return '12:00' end,
       parameters = { type = 'object', properties = {} } }
     local function said(tool)
       local s = Session.create({ tools = { tool } })
       return Session.generateWithTools(s, 'What time is it right now?').content
     end
     assert(said(definition) == 'It is 12:00.')
     local defined = Tool.define(definition)
     assert(said(defined) == 'It is 12:00.' and said('get_current_time') == 'It is 12:00.')
     local ok, err = pcall(said, definition.run)
     assert(not ok and tostring(err):find('description'), tostring(err))`,
  );
});

describe('models', () => {
  holds(
    'are chosen by what a task needs, the cheapest first',
    `local model, provider = LLM.select({ vision = true, max_context_tokens = 32000 })
     assert(model == 'f1' and provider == 'far')
     assert(LLM.select({ tools = true }) == 'n1')
     assert(LLM.select({ vision = true, max_context_tokens = 1000000 }) == nil)
     local _, reasons = LLM.validateForTask({ vision = true, max_context_tokens = 32000 })
     assert(#reasons == 2)`,
  );
  holds(
    'that are not configured are an error that says what there is, and where to describe one',
    `local ok, err = pcall(LLM.hookModel, { type = LLM.ModelType.OLLAMA, name = 'llama2:latest' })
     assert(not ok and err.code == 'PROVIDER_NOT_FOUND')
     assert(err.hint:find('"near", "far"', 1, true) and err.hint:find('[providers.ollama]', 1, true), err.hint)`,
  );
});

describe('LLM.execute', () => {
  holds(
    'goes on with a session in a chat, and answers which session it was',
    `local s = Session.create('Support')
     LLM.execute({ prompt = 'first', session_id = s })
     local lines = { 'third', 'exit' }
     local result = LLM.execute({ prompt = 'second', session_id = s, chat = true, on_token = function() end,
       input = function() return table.remove(lines, 1) end })
     assert(result.session_id == s and #Session.data(s).messages == 6)
     assert(result.response == 'n1, turn 3: third')`,
  );
  holds(
    'is let go of whatever happens in between, and models are hooked again',
    `LLM.hookModel({ type = 'near', name = 'n1' })
     local ok = pcall(function() LLM.execute('refused') end)
     LLM.shutdown()
     assert(not ok and LLM.execute('x').routing_decision.target == 'default')
     LLM.hookModel({ type = 'far', name = 'f1' })
     assert(LLM.execute('x').routing_decision.target == 'local')`,
  );

  test('writes a stream to the standard output, and then answers the whole', async () => {
    const runtime = await openRuntime(TWO);
    let output = '';
    const { value } = await runtime.eval(
      `return LLM.execute({ prompt = 'one two', stream = true }).response`,
      { onOutput: (_, bytes) => (output += Buffer.from(bytes)) },
    );
    expect(value).toBe('n1, turn 1: one two');
    expect(output).toBe('n1, turn 1: one two\n');
  });
});

describe('a program', () => {
  test('reads what LLM.execute answers piece by piece, and who answered at its end', async () => {
    const { llm, sessions } = await openRuntime(TWO);
    await llm.hookModel({ type: 'far', name: 'f1' });
    const { id } = await sessions.create('Support');
    const stream = llm.executeStream({ prompt: 'one two', sessionId: id });
    const tokens: string[] = [];
    for await (const token of stream) tokens.push(token);
    expect(tokens.length).toBeGreaterThan(1);
    expect(tokens.join('')).toBe('f1, turn 1: one two');
    expect(await stream.response()).toMatchObject({
      response: 'f1, turn 1: one two',
      sessionId: id,
      routingDecision: { target: 'local', provider: 'far' },
    });
    for await (const _ of llm.executeStream({ prompt: 'three', sessionId: id })) break;
    expect((await sessions.history(id)).length).toBe(2);
    const refused = llm.executeStream('refused');
    await expect(refused.next()).rejects.toMatchObject({ code: 'PROVIDER_BAD_REQUEST' });
    const whole = await llm.executeStream('four').response();
    expect(`${whole}`).toBe('f1, turn 1: four');
  });

  test('says what becomes of prompts behind one that failed', async () => {
    const { sessions } = await openRuntime(TWO);
    const { id } = await sessions.create();
    const statuses = async ({ ids }: ExecutedPrompts) =>
      Promise.all(ids.map(async (node) => (await sessions.executionStatus(id, node))?.status));
    const prompts = [
      { name: 'bad', userPrompt: 'refused' },
      { name: 'after', userPrompt: 'after', dependsOn: 'bad' },
    ];
    for (const [onDependencyFailure, expected] of [
      ['fail', 'blocked'],
      ['skip', 'skipped'],
      ['continue', 'completed'],
    ] as const) {
      const made = await sessions.executeParallel(id, prompts, { onDependencyFailure });
      expect(await statuses(made)).toEqual(['failed', expected]);
      expect((await sessions.groupStatus(id, made.groupId))?.done).toBe(true);
    }
  });

  test('executes no more prompts at once than maxParallel', async () => {
    let [now, most] = [0, 0];
    const clock = defineTool({
      name: 'get_current_time',
      description: 'The time',
      parameters: { type: 'object', properties: {} },
      execute: () => '12:00',
    });
    const inner = scriptedProvider(RULES);
    const counting = {
      ...inner,
      generate: async (...args: Parameters<typeof inner.generate>) => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        return inner.generate(...args);
      },
    };
    const { sessions } = await openRuntime({ ...TWO, providers: { near: counting, far: inner } });
    const { id } = await sessions.create({ tools: [clock] });
    const prompts = Array.from({ length: 7 }, (_, i) => `prompt ${i}`);
    const { ids } = await sessions.executeParallel(id, prompts, { maxParallel: 3 });
    const texts = await Promise.all(
      ids.map(async (node) => (await sessions.getMessage(id, node))?.content),
    );
    expect(texts).toEqual(prompts.map((prompt) => `n1, turn 1: ${prompt}`));
    expect(most).toBe(3);
  });

  test('finds its conversation again after its end, with the tools and the provider of it', async () => {
    const dataDir = temporaryFolder();
    const clock = (said: string) =>
      defineTool({
        name: 'get_current_time',
        description: 'The time',
        parameters: { type: 'object', properties: {} },
        execute: () => said,
      });
    const first = await Runtime.open({ ...TWO, dataDir, tools: [clock('12:00')] });
    const options = { sessionId: 'user123', provider: 'far', tools: ['get_current_time'] };
    await first.sessions.create(options);
    await first.sessions.addMessage('user123', { role: MessageRole.USER, content: 'Hello' });
    await first.sessions.generateWithTools('user123', 'What time is it?');
    await first.close();
    const second = await openRuntime({ ...TWO, dataDir, tools: [clock('13:00')] });
    const answer = await second.sessions.generateWithTools('user123', 'What time is it now?');
    expect(answer.content).toBe('It is 13:00.');
    expect(answer.provider).toBe('far');
    const roles = (await second.sessions.history('user123')).map(({ role }) => role);
    expect(roles.join(' ')).toBe(
      'user user assistant tool assistant user assistant tool assistant',
    );
  });
});
