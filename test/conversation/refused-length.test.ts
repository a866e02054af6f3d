/** Servers that find a conversation too long, although nothing was known of their window. */
import { expect, test } from 'vitest';
import { type Reply, startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

const OPENAI: Reply = {
  status: 400,
  error: {
    message:
      "This model's maximum context length is 8,192 tokens. However, your messages resulted in 9000 tokens.",
    code: 'context_length_exceeded',
    type: 'invalid_request_error',
  },
};
const ANTHROPIC: Reply = {
  status: 400,
  error: {
    message: 'prompt is too long: 215000 tokens > 200000 maximum',
    type: 'invalid_request_error',
  },
};
const PROTOCOLS = [
  ['openai', '/v1', OPENAI],
  ['anthropic', '', ANTHROPIC],
] as const;

/** A session with eight long messages, whose provider is a server with these replies. */
async function longTalk(type: string, path: string, replies: readonly Reply[]) {
  const server = await startModelServer([...replies]);
  const runtime = await openRuntime({
    dataDir: temporaryFolder(),
    settings: {
      'providers.near.provider_type': type,
      'providers.near.base_url': `${server.url}${path}`,
      'providers.near.api_key_env': 'PATH',
      'providers.near.default_model': 'of-unknown-size',
    },
  });
  const { id } = await runtime.sessions.create({ systemPrompt: 'Be brief.' });
  for (let n = 1; n <= 8; n += 1) {
    const role = n % 2 === 1 ? 'user' : 'assistant';
    await runtime.sessions.addMessage(id, { role, content: `${n} ${'word '.repeat(200)}` });
  }
  return { runtime, id, server };
}

test.each(PROTOCOLS)('truncate asks once more with less, over %s', async (type, path, refusal) => {
  const replies = [refusal, { text: 'Fits.' }, refusal, { text: 'Fits, too.' }];
  const { runtime, id, server } = await longTalk(type, path, replies);
  const options = { onOverflow: 'truncate' } as const;
  const answer = await runtime.sessions.generate(id, 'And now?', options);
  expect(`${answer}`).toBe('Fits.');
  expect(answer.dropped?.messages).toBeGreaterThan(0);
  const [first, second] = server.requests.map(({ body }) => body.messages.length);
  expect(second).toBe(first - (answer.dropped?.messages ?? 0));
  const streamed = await runtime.sessions.stream(id, 'And then?', options).response();
  expect(`${streamed}`).toBe('Fits, too.');
  expect(streamed?.dropped?.messages).toBeGreaterThan(0);
  expect(server.requests).toHaveLength(4);
  expect(await runtime.sessions.history(id)).toHaveLength(13);
});

test.each(PROTOCOLS)(
  'compact summarises and asks once more, over %s',
  async (type, path, refusal) => {
    const replies = [refusal, { text: 'They spoke.' }, { text: 'Fits.' }];
    const { runtime, id, server } = await longTalk(type, path, [...replies, ...replies]);
    const options = { onOverflow: 'compact' } as const;
    const answer = await runtime.sessions.generate(id, 'And now?', options);
    expect(answer).toMatchObject({ text: 'Fits.', compacted: { summary: 'They spoke.', kept: 6 } });
    const streamed = await runtime.sessions.stream(id, 'And then?', options).response();
    expect(streamed).toMatchObject({ text: 'Fits.', compacted: { summary: 'They spoke.' } });
    expect(server.requests).toHaveLength(6);
    for (const { id: run } of (await runtime.runs.list()).items) {
      expect((await runtime.runs.replay(run)).diverged).toBeNull();
    }
  },
);

test.each(PROTOCOLS)(
  'what is refused again, or is to be an error, is one, over %s',
  async (...of) => {
    const [type, path, refusal] = of;
    const { runtime, id, server } = await longTalk(type, path, [refusal]);
    const overflow = { code: 'CONTEXT_OVERFLOW' };
    const { sessions } = runtime;
    await expect(sessions.generate(id, 'x')).rejects.toMatchObject(overflow);
    expect(server.requests).toHaveLength(1);
    const truncated = sessions.generate(id, 'x', { onOverflow: 'truncate' });
    await expect(truncated).rejects.toMatchObject(overflow);
    expect(server.requests).toHaveLength(3);
    const alone = runtime.call('LLM.generate', [{ prompt: 'x', on_overflow: 'compact' }]);
    await expect(alone).rejects.toMatchObject(overflow);
    expect(server.requests).toHaveLength(4);
    expect(await sessions.history(id)).toHaveLength(9);
  },
);
