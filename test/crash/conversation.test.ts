/** Kills real processes at every commit of a run that keeps messages, and looks at what is kept in the end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';

const FIXTURE = 'test/fixtures/crash-run.mjs';
const SCRIPT = 'test/fixtures/keeps-messages.lua';

beforeEach(() => {
  expect(inject('buildError')).toBe('');
});

interface Ended {
  readonly run: string;
  readonly killed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: what the fixture prints.
  readonly outcome: any;
}

function node(data: string, ...args: string[]): Ended {
  const child = spawnSync(process.execPath, [FIXTURE, data, ...args], { encoding: 'utf8' });
  const last = child.stdout.trim().split('\n').at(-1) ?? '';
  return {
    run: child.stderr.trim().split('\n')[0] ?? '',
    killed: child.signal === 'SIGKILL',
    outcome: last.startsWith('{') ? JSON.parse(last) : { code: child.stderr },
  };
}

function temporaryData(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data');
}

/** Everything that was said, and how many contents there are with the sessions and without them. */
async function keptIn(dataDir: string) {
  const runtime = await Runtime.open({ dataDir });
  try {
    const { sessions } = runtime;
    const { items } = await sessions.list();
    const texts = await Promise.all(
      items.map(async ({ id, name, messageCount }) => ({
        name,
        messageCount,
        said: (await sessions.history(id, { conversation: 'conv_1' })).map(
          ({ content }) => content,
        ),
        usage: (await sessions.summary(id)).usage,
      })),
    );
    const before = (await runtime.stats()).contents.count;
    for (const { id } of items) await sessions.delete(id);
    return { texts, before, after: (await runtime.stats()).contents.count };
  } finally {
    await runtime.close();
  }
}

test('a run keeps each message once, at whichever commit its process is killed', {
  timeout: 240_000,
}, async () => {
  const calmData = temporaryData();
  const { outcome } = node(calmData, 'start', SCRIPT);
  expect(outcome).toMatchObject({ status: 'completed', values: [expect.any(String), '9 2 2'] });
  const calm = await keptIn(calmData);
  expect(calm.texts).toHaveLength(2);
  expect(calm.after).toBeLessThan(calm.before);
  let commits = 0;
  for (let survived = false; !survived; ) {
    commits += 1;
    const data = temporaryData();
    const first = node(data, 'start', SCRIPT, commits % 2 === 0 ? 'before' : 'after', `${commits}`);
    survived = !first.killed;
    const last = survived ? first : node(data, 'resume', first.run);
    // Killed before its record was there, the run never was; killed behind its last entry, it had ended.
    if (last.outcome.code === 'RUN_NOT_FOUND') continue;
    if (last.outcome.code !== 'RUN_STATE') {
      expect({ commits, values: last.outcome.values }).toEqual({ commits, values: outcome.values });
    }
    expect({ commits, ...(await keptIn(data)) }).toEqual({ commits, ...calm });
  }
  expect(commits).toBeGreaterThan(15);
});
