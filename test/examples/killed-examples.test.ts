/**
 * The examples that walk through the talks of others' libraries, with both makers' protocols: each in a process of its
 * own that is killed in the middle of a request, and gone on with by another one. The server counts.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ended, type Machine, machine } from '../cli/command-line.js';

const FOLDER = resolve(import.meta.dirname, '../../examples/lua');

const EXAMPLES = [
  'prompt-graph.lua',
  'model-choice.lua',
  'conversation.lua',
  'support-sessions.lua',
];
const PROTOCOLS = ['openai', 'anthropic'] as const;

interface CountingMock {
  readonly url: string;
  readonly requests: number;
}

/** @param onRequest Told of each request before it is answered, with its number from 1. */
async function startCounting(onRequest: (count: number) => void): Promise<CountingMock> {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let requests = 0;
  const predicate = () => {
    requests += 1;
    onRequest(requests);
    return true;
  };
  mock.on({ predicate }, { content: 'So it is.' });
  await mock.start();
  onTestFinished(async () => {
    await mock.stop();
  });
  return {
    url: mock.url,
    get requests() {
      return requests;
    },
  };
}

/** A user with the configuration of the examples, whose two providers are those of one maker's protocol. */
function userOf(protocol: (typeof PROTOCOLS)[number], url: string): Machine {
  const user = machine();
  const base = protocol === 'openai' ? `${url}/v1` : url;
  const toml = readFileSync(join(FOLDER, 'models.toml'), 'utf8').replace(
    /^provider_type = "scripted"\nscript = .*\n/gm,
    `provider_type = "${protocol}"\nbase_url = "${base}"\napi_key_env = "MY_KEY"\n`,
  );
  user.write('llmspell.toml', toml);
  return user;
}

const env = { MY_KEY: 'sk-0123456789' };

describe.each(EXAMPLES)('%s', (example) => {
  test.each(PROTOCOLS)(
    'asks %s for no answer again that it had before kill -9',
    async (protocol) => {
      const script = join(FOLDER, example);
      const calm = await startCounting(() => {});
      const undisturbed = userOf(protocol, calm.url);
      const whole = await undisturbed.json(['run', script], { env });
      expect(whole).toMatchObject({ ok: true, data: { status: 'completed' } });
      expect(calm.requests).toBeGreaterThan(0);

      const middle = Math.ceil((calm.requests + 1) / 2);
      const server = await startCounting((count) => {
        if (count === middle) child.kill('SIGKILL');
      });
      const user = userOf(protocol, server.url);
      const child = user.start(['run', script], { env });
      child.stdin?.end();
      const { signal, stderr } = await ended(child);
      expect([signal, server.requests >= middle]).toEqual(['SIGKILL', true]);

      const run = /^run (\S+)$/m.exec(stderr)?.[1] ?? '';
      const resumed = await user.json(['resume', run], { env });
      expect(resumed).toMatchObject({ ok: true, data: { run, status: 'completed' } });
      const { usage } = resumed.data;
      const { possibly_billed_twice: twice } = usage;
      // The request that was cut off is made again, and told of; no other one.
      expect(twice).toBeGreaterThan(0);
      expect(server.requests).toBeGreaterThanOrEqual(calm.requests);
      expect(server.requests).toBeLessThanOrEqual(calm.requests + twice);
      expect({ ...usage, possibly_billed_twice: 0 }).toEqual(whole.data.usage);
    },
  );
});
