/** Programs that talk with models: the same calls that scripts make, with types, callbacks and plain objects. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  defineTool,
  type ExecutionStatus,
  GenerateResponse,
  ModelType,
  monitors,
  type OpenOptions,
  type Runtime,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const RULES = {
  rule: [
    { after_tool: 'weather', text: 'It is {{tool_result}}.' },
    { contains: 'warm', tool_calls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
    { contains: 'as data', text: '{"city": "Bern"}' },
    { contains: 'broken', error: { status: 400 } },
    { contains: 'slow', text: 'at last', delay_ms: 60_000 },
    { text: 'You said: {{input}}' },
  ],
};

/** A runtime with a session, whose models answer by rules. */
async function talking(options: OpenOptions = {}): Promise<{ runtime: Runtime; id: string }> {
  const runtime = await openRuntime({
    dataDir: temporaryFolder(),
    providers: { demo: scriptedProvider(RULES) },
    settings: { 'providers.demo.default_model': 'm', 'providers.demo.max_retries': 0 },
    ...options,
  });
  const { id } = await runtime.sessions.create({ systemPrompt: 'Be brief.' });
  return { runtime, id };
}

const calls: string[] = [];
const weather = defineTool({
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  execute: ({ city }: { city: string }, { idempotencyKey }) => {
    calls.push(`${city} ${typeof idempotencyKey}`);
    return { degrees: 21 };
  },
});

/** Every run of the runtime is replayed, with nobody there to call back. */
async function replaysLeaveNothingOpen(runtime: Runtime): Promise<void> {
  const { items } = await runtime.runs.list();
  expect(items.length).toBeGreaterThan(0);
  for (const { id, script } of items) {
    const { diverged } = await runtime.runs.replay(id);
    expect(diverged, script.path).toBeNull();
  }
}

describe('sessions.generate', () => {
  test('answers with all that is known, which reads as its text, and keeps both turns', async () => {
    const { runtime, id } = await talking();
    const answer = await runtime.sessions.generate(id, 'Hello', {
      temperature: 0.5,
      maxTokens: 50,
    });
    expect(answer).toBeInstanceOf(GenerateResponse);
    expect(`${answer}`).toBe('You said: Hello');
    expect(answer).toMatchObject({
      ...{ success: true, text: 'You said: Hello', content: 'You said: Hello' },
      ...{ provider: 'demo', model: 'm', modelId: 'custom:m', finishReason: 'stop', cost: null },
      ...{ sessionId: id, messageId: 'msg_3', toolCalls: [], reasoning: null, repaired: false },
    });
    const { inputTokens, outputTokens, totalTokens } = answer.usage;
    expect(totalTokens).toBe(inputTokens + outputTokens);
    const history = await runtime.sessions.history(id);
    expect(history.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'Hello'],
      ['assistant', 'You said: Hello'],
    ]);
    await replaysLeaveNothingOpen(runtime);
  });

  test('tells of the pieces, waits for who hears them, and passes on what that one throws', async () => {
    const { runtime, id } = await talking();
    const heard: string[] = [];
    let busy = 0;
    await runtime.sessions.generate(id, 'one two three', {
      onToken: async (token, about) => {
        busy += 1;
        expect([busy, about.type]).toEqual([1, 'text']);
        await sleep(1);
        heard.push(token);
        busy -= 1;
      },
    });
    expect(heard.join('')).toBe('You said: one two three');
    const mine = new Error('the line is gone');
    const failed = runtime.sessions.generate(id, 'Hello', {
      onToken: () => {
        throw mine;
      },
    });
    await expect(failed).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      message: expect.stringContaining('the line is gone'),
      cause: mine,
    });
    expect(await runtime.sessions.history(id)).toHaveLength(3);
    await replaysLeaveNothingOpen(runtime);
  });

  test('gives data that fits a schema, and says of a failure what it was', async () => {
    const { runtime, id } = await talking();
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const { data } = await runtime.sessions.generate(id, 'as data', { schema });
    expect(data).toEqual({ city: 'Bern' });
    const number = { type: 'number' };
    const { sessions } = runtime;
    await expect(sessions.generate(id, 'as data', { schema: number })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    });
    await expect(sessions.generate(id, 'broken')).rejects.toMatchObject({
      code: 'PROVIDER_BAD_REQUEST',
    });
    await expect(sessions.generate('nobody', 'x')).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
    await expect(sessions.generate(id, 'x', { provider: 'nobody' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('is aborted for good: nothing is kept, and nobody goes on with it', async () => {
    const { runtime, id } = await talking();
    const stop = new AbortController();
    const reason = new Error('never mind');
    const asked = runtime.sessions.generate(id, 'slow', { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED', cause: reason });
    const late = runtime.sessions.generate(id, 'Hello', { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await runtime.sessions.history(id)).toHaveLength(1);
    expect(await runtime.runs.resumable()).toEqual([]);
    await replaysLeaveNothingOpen(runtime);
  });

  test('asks another provider for one call, and other messages than the history', async () => {
    const echo = scriptedProvider({ rule: [{ text: 'other: {{input}}' }] });
    const providers = { demo: scriptedProvider(RULES), other: echo };
    const { runtime, id } = await talking({ providers });
    const choice = { provider: 'other', model: 'n' };
    const answer = await runtime.sessions.generate(id, 'Hello', {
      provider: choice,
      messages: ['before', { role: 'assistant', parts: [{ type: 'text', text: 'then' }] }],
    });
    expect(answer).toMatchObject({ provider: 'other', text: 'other: Hello' });
    expect(await runtime.sessions.getProvider(id)).toEqual({ provider: null, model: null });
    const own = await runtime.sessions.create({
      provider: await runtime.llm.create('other', { model: 'n' }),
    });
    expect(await runtime.sessions.generate(own.id, 'Hi')).toMatchObject({
      provider: 'other',
      model: 'n',
    });
  });
});

describe('sessions.stream', () => {
  test('gives the answer piece by piece and keeps it at the end', async () => {
    const { runtime, id } = await talking();
    const stream = runtime.sessions.stream(id, 'one two three');
    const tokens: string[] = [];
    for await (const token of stream) tokens.push(token);
    expect(tokens.join('')).toBe('You said: one two three');
    expect(await stream.response()).toMatchObject({
      text: 'You said: one two three',
      messageId: 'msg_3',
    });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    const whole = await runtime.sessions.stream(id, 'again').response();
    expect(`${whole}`).toBe('You said: again');
    await replaysLeaveNothingOpen(runtime);
  });

  test('that is left keeps nothing, and one that nobody reads asks nobody', async () => {
    const { runtime, id } = await talking();
    runtime.sessions.stream(id, 'never read');
    for await (const token of runtime.sessions.stream(id, 'one two three')) {
      expect(token).not.toBe('');
      break;
    }
    expect(await runtime.sessions.history(id)).toHaveLength(1);
    const { items } = await runtime.runs.list();
    expect(items.map(({ status, script }) => [script.path, status])).toEqual([
      ['Session.stream', 'completed'],
    ]);
    await replaysLeaveNothingOpen(runtime);
  });

  test('throws in the loop what went wrong', async () => {
    const { runtime, id } = await talking();
    const stream = runtime.sessions.stream(id, 'broken');
    await expect(stream.next()).rejects.toMatchObject({ code: 'PROVIDER_BAD_REQUEST' });
    await expect(stream.response()).rejects.toMatchObject({ code: 'PROVIDER_BAD_REQUEST' });
    const signal = AbortSignal.timeout(20);
    const slow = runtime.sessions.stream(id, 'slow', { signal });
    await expect(slow.response()).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('sessions.generateWithTools', () => {
  test('calls tools of the program, and keeps calls and results', async () => {
    const { runtime, id } = await talking();
    calls.length = 0;
    const wanted: unknown[] = [];
    const answer = await runtime.sessions.generateWithTools(id, 'Is it warm?', {
      tools: [weather],
      onToolCall: (call) => {
        wanted.push(call.arguments);
      },
    });
    expect(`${answer}`).toBe('It is {"degrees":21}.');
    expect(answer).toMatchObject({ rounds: 1 });
    expect(answer.toolCallsMade).toMatchObject([
      { name: 'weather', arguments: { city: 'Bern' }, content: '{"degrees":21}', isError: false },
    ]);
    expect([calls, wanted]).toEqual([['Bern string'], [{ city: 'Bern' }]]);
    const history = await runtime.sessions.history(id);
    expect(history.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'assistant',
    ]);
    await replaysLeaveNothingOpen(runtime);
    expect(calls).toEqual(['Bern string']);
  });

  test('knows the tools that the session was made with, or was given later', async () => {
    const { runtime, id } = await talking();
    calls.length = 0;
    const { sessions } = runtime;
    const made = await sessions.create({ tools: [weather] });
    expect(`${await sessions.generateWithTools(made.id, 'warm?')}`).toBe('It is {"degrees":21}.');
    await sessions.addTool(id, weather);
    expect(`${await sessions.generateWithTools(id, 'warm?')}`).toBe('It is {"degrees":21}.');
    expect(calls).toHaveLength(2);
    expect((await sessions.summary(id)).tools).toMatchObject([{ name: 'weather' }]);
  });

  test('tells the model of errors and refusals, and stops at its limit', async () => {
    const { runtime, id } = await talking();
    const broken = { ...weather, execute: () => Promise.reject(new Error('no network')) };
    const { sessions } = runtime;
    const told = await sessions.generateWithTools(id, 'warm?', { tools: [broken] });
    expect(told.toolCallsMade).toMatchObject([
      { content: 'TOOL_FAILED: no network', isError: true },
    ]);
    const refused = await sessions.generateWithTools(id, 'warm?', {
      tools: [weather],
      onToolCall: async () => false,
    });
    expect(refused.toolCallsMade).toMatchObject([{ content: 'The call was refused.' }]);
    const none = sessions.generateWithTools(id, 'warm?', { tools: [weather], maxToolCalls: 0 });
    await expect(none).rejects.toMatchObject({ code: 'LIMIT_TOOL_CALLS' });
    await expect(sessions.generateWithTools(id, 'x')).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    });
  });
});

describe('prompts', () => {
  test('are executed in the order of their dependencies, with progress and conditions', async () => {
    const { runtime, id } = await talking();
    const progress: string[] = [];
    const asked: unknown[] = [];
    const { ids, groupId } = await runtime.sessions.executeParallel(
      id,
      [
        { name: 'plan', userPrompt: 'Plan with {{facts}}', dependsOn: 'facts' },
        { name: 'facts', userPrompt: 'facts', systemPrompt: 'Facts only.' },
        {
          name: 'never',
          userPrompt: 'x',
          dependsOn: ['facts'],
          when: (results) => {
            asked.push(results.facts?.content);
            return false;
          },
        },
        { name: 'fails', userPrompt: 'broken', retry: { max: 1, backoff: 'constant', baseMs: 1 } },
        { name: 'behind', userPrompt: 'x', dependsOn: 'fails' },
      ],
      {
        maxParallel: 2,
        onProgress: (done, total, { name, status }) => {
          progress.push(`${done}/${total} ${name} ${status}`);
        },
      },
    );
    expect(progress.map((line) => line.slice(4)).sort()).toEqual([
      'behind blocked',
      'facts completed',
      'fails failed',
      'never skipped',
      'plan completed',
    ]);
    expect(asked).toEqual(['You said: facts']);
    const group = await runtime.sessions.groupStatus(id, groupId);
    expect(group).toMatchObject({
      total: 5,
      completed: 2,
      failed: 1,
      skipped: 1,
      blocked: 1,
      done: true,
      progress: 1,
    });
    expect(group?.nodes.map(({ nodeId, name }) => [nodeId, name]).sort()).toEqual(
      ids.map((node, i) => [node, ['plan', 'facts', 'never', 'fails', 'behind'][i]]).sort(),
    );
    const status = (await runtime.sessions.executionStatus(
      id,
      ids[0] as string,
    )) as ExecutionStatus;
    expect(status).toMatchObject({
      ...{ name: 'plan', status: 'completed', groupId, provider: 'demo', attempts: 1 },
      dependencies: [ids[1]],
    });
    expect(status.startedAt).toBeInstanceOf(Date);
    const { error } = (await runtime.sessions.executionStatus(
      id,
      ids[3] as string,
    )) as ExecutionStatus;
    expect(error).toMatchObject({ code: 'PROVIDER_BAD_REQUEST' });
    const [plan] = await runtime.sessions.conversationHistory(id, {
      node: ids[0] as string,
      maxDepth: 1,
    });
    expect(plan?.content).toContain('facts');
    await replaysLeaveNothingOpen(runtime);
  });

  test('are planned before anything is asked, and circles are refused', async () => {
    const { runtime, id } = await talking();
    const a = { name: 'a', userPrompt: 'a' };
    const b = { name: 'b', userPrompt: 'b', dependsOn: 'a' };
    expect(await runtime.sessions.executionPlan(id, [b, a, 'c'])).toEqual([['a', '3'], ['b']]);
    const circle = [{ ...a, dependsOn: 'b' }, b];
    const refused = { code: 'PROMPT_CYCLE' };
    await expect(runtime.sessions.executionPlan(id, circle)).rejects.toMatchObject(refused);
    await expect(runtime.sessions.executeParallel(id, circle)).rejects.toMatchObject(refused);
    expect(await runtime.sessions.executionPlan(id)).toEqual([]);
    expect(await runtime.sessions.groupStatus(id, 'nobody')).toBeUndefined();
    expect(await runtime.sessions.executionStatus(id, 'msg_99')).toBeUndefined();
  });

  test('are executed one after the other, and waited for by others', async () => {
    const { runtime, id } = await talking();
    const first = await runtime.sessions.executePrompt(id, 'first');
    expect(`${first}`).toBe('You said: first');
    const second = await runtime.sessions.executePrompt(
      id,
      { name: 'second', userPrompt: 'again' },
      { dependencies: [first.nodeId] },
    );
    expect(second).toMatchObject({
      name: 'second',
      status: 'completed',
      dependencies: [first.nodeId],
    });
    expect(second.text).toContain('first');
    expect(await runtime.sessions.awaitNode(id, second.nodeId)).toMatchObject({
      status: 'completed',
    });
    await expect(runtime.sessions.awaitNode(id, 'msg_99')).rejects.toMatchObject({
      code: 'MESSAGE_NOT_FOUND',
    });
    await expect(runtime.sessions.executePrompt(id, 'broken')).rejects.toMatchObject({
      code: 'PROVIDER_BAD_REQUEST',
    });
    const skipped = await runtime.sessions.executePrompt(id, 'x', { when: () => false });
    expect(skipped).toMatchObject({ status: 'skipped', text: '' });
  });
});

describe('a history', () => {
  test('is compacted, taken back, and shown as providers get it', async () => {
    const { runtime, id } = await talking();
    const { sessions } = runtime;
    expect(await sessions.compact(id)).toBeUndefined();
    for (const text of ['one', 'two', 'three']) await sessions.generate(id, text);
    const made = await sessions.compact(id, { preserveRecent: 2 });
    expect(made).toMatchObject({ summarized: 4, kept: 2 });
    expect(made?.usage.totalTokens).toBeGreaterThan(0);
    expect(await sessions.history(id)).toHaveLength(4);
    expect(await sessions.setHead(id, made?.previousHead as string)).toMatch(/^msg_/);
    expect(await sessions.history(id)).toHaveLength(7);
    const { messages, system } = await sessions.messagesForProvider(id, 'anthropic');
    expect([messages.length, system]).toEqual([6, 'Be brief.']);
    const chat = await sessions.messagesForProvider(id, 'openai');
    expect([chat.messages[0], chat.system]).toEqual([
      { role: 'system', content: 'Be brief.' },
      null,
    ]);
  });
});

describe('llm', () => {
  test('generates and streams without a session', async () => {
    const { runtime } = await talking();
    expect(`${await runtime.llm.generate('Hello')}`).toBe('You said: Hello');
    const heard: string[] = [];
    const request = { system: 'Be brief.', prompt: 'one two' };
    const answer = await runtime.llm.generate(request, { onToken: (token) => heard.push(token) });
    expect([heard.join(''), answer.modelId]).toEqual(['You said: one two', 'custom:m']);
    const stream = runtime.llm.stream('one two');
    const pieces: string[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces.join('')).toBe(`${await stream.response()}`);
    for await (const _ of runtime.llm.stream('one two')) break;
    await expect(runtime.llm.stream('broken').next()).rejects.toMatchObject({
      code: 'PROVIDER_BAD_REQUEST',
    });
    expect(await runtime.llm.pool()).toEqual([
      { provider: 'demo', limit: 8, active: 0, waiting: 0 },
      { provider: null, limit: 8, active: 0, waiting: 0 },
    ]);
  });

  test('has interfaces, and takes in what a program knows of models', async () => {
    const { runtime } = await talking();
    const { llm } = runtime;
    await llm.registerModel('m', { vision: true, contextWindow: 50_000 });
    const model = await llm.getInterface();
    expect([model.provider, model.model]).toEqual(['demo', 'm']);
    expect(await model.capabilities()).toMatchObject({ vision: true });
    expect(await model.validateForTask({ vision: true, max_context_tokens: 60_000 })).toMatchObject(
      { ok: false },
    );
    expect(`${await model.generate('Hi')}`).toBe('You said: Hi');
    expect(`${await model.stream({ prompt: 'Hi' }).response()}`).toBe('You said: Hi');
    await expect(llm.create('nobody')).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  test('executes with the model that suits the moment', async () => {
    const near = scriptedProvider({ rule: [{ text: 'near: {{input}}' }] });
    const { runtime, id } = await talking({
      providers: { near },
      settings: {
        'providers.far.provider_type': 'openai',
        'providers.far.base_url': 'http://192.0.2.1:9/v1',
        'providers.far.default_model': 'f',
      },
    });
    const { llm } = runtime;
    expect(await llm.hookModel({ type: 'near', name: 'n' })).toBe(true);
    await expect(llm.hookModel({ type: 'nobody', name: 'n' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
    await llm.hookModel({ type: ModelType.OPENAI, name: 'f', location: 'cloud' });
    await llm.hookAgent(monitors.resource({ cpuMax: 100, memoryMax: 100 }));
    expect((await llm.checkAgents()).resource).toMatchObject({ state: 'available' });
    const result = await llm.execute({ prompt: 'Hello', sessionId: id });
    expect(`${result}`).toBe('near: Hello');
    expect(result).toMatchObject({
      ...{ sessionId: id, modelId: 'custom:n', cost: null },
      routingDecision: {
        target: 'local',
        provider: 'near',
        model: 'n',
        reason: 'this machine has room',
      },
      agentChecks: { resource: { state: 'available' }, connectivity: null },
    });
    expect(await runtime.sessions.history(id)).toHaveLength(3);
    const bad = monitors.resource({ cpuMax: 'much' as unknown as number });
    await expect(llm.hookAgent(bad)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await llm.shutdown();
    await llm.shutdown();
    const named = await llm.execute({ prompt: 'Hello', provider: 'near', model: 'k' });
    expect(named).toMatchObject({ sessionId: null, routingDecision: { target: 'named' } });
    await replaysLeaveNothingOpen(runtime);
  });

  test('chats by way of a program', async () => {
    const { runtime } = await talking();
    const lines = ['How are you?', '/list', 'exit', 'never read'];
    const shown: string[] = [];
    const io = { input: () => lines.shift(), output: (text: string) => shown.push(text) };
    const { sessionId } = await runtime.llm.execute({
      chat: true,
      prompt: 'Hi',
      title: 'Talk',
      io,
    });
    expect(lines).toEqual(['never read']);
    expect(shown.join('')).toContain('You said: How are you?');
    expect(shown.join('')).toContain('Talk');
    expect(await runtime.sessions.history(sessionId as string)).toHaveLength(4);
    await expect(runtime.llm.execute({ chat: true })).rejects.toMatchObject({ key: 'io' });
    await replaysLeaveNothingOpen(runtime);
  });
});

describe('a call whose process has ended', () => {
  /** A run that is interrupted while a function of the program works. */
  async function interrupted(option: string): Promise<[runtime: Runtime, id: string, run: string]> {
    const dataDir = temporaryFolder();
    const { runtime: first, id } = await talking({ dataDir });
    const stop = new AbortController();
    const work = () => {
      stop.abort();
      return new Promise(() => {});
    };
    const { name, description, parameters } = weather;
    const tool = { name, description, parameters, run: () => 'mild' };
    const given = [id, 'Is it warm?', { [option]: work, tools: [tool] }];
    const path = 'Session.generateWithTools';
    const run = first.call(path, given, { signal: stop.signal });
    expect((await run.outcome).status).toBe('interrupted');
    await first.close();
    const rules = { rule: [{ text: 'must not be asked again' }] };
    const { runtime } = await talking({ dataDir, providers: { demo: scriptedProvider(rules) } });
    return [runtime, id, run.id];
  }

  test('goes on without those who only wanted to be told', async () => {
    const [runtime, , run] = await interrupted('on_token');
    expect((await runtime.runs.resume(run).outcome).error).toBeUndefined();
  });

  test('misses the functions that it asks, and says so', async () => {
    const [runtime, id, run] = await interrupted('on_tool_call');
    const { error } = await runtime.runs.resume(run).outcome;
    expect(error).toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      message: expect.stringContaining('on_tool_call'),
    });
    expect(await runtime.sessions.history(id)).toHaveLength(1);
  });
});
