/** Every place where a script can wait is one where it can be photographed, and woken in another process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PLACES } from '../contract/engine/waiting.js';

interface State {
  readonly ended?: unknown;
  readonly image?: { readonly pages: readonly unknown[] };
}

/** Each round is a process. */
const MAX_ROUNDS = 20;

const NESTED = PLACES.map(([place, program]): [string, string] => [
  `${place}, inside a coroutine inside pcall`,
  `local function program() ${program} end
   local ok, value = pcall(coroutine.wrap(function() return later(program()) end))
   return ok and value`,
]);
const CASES = [...PLACES, ...NESTED];

describe('a script that waits is photographed and goes on in a fresh process, again and again, in', () => {
  let ended: readonly State[] = [];
  let rounds = 0;
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-images-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    expect(inject('buildError')).toBe('');
    const file = join(folder, 'states');
    const programs = CASES.map(([, program]) => program);
    writeFileSync(file, serialize({ programs, answers: 0, states: [] }));
    for (; ended.length === 0 || ended.some((state) => state.ended === undefined); rounds += 1) {
      expect(rounds).toBeLessThan(MAX_ROUNDS);
      const { status, stderr } = spawnSync(
        process.execPath,
        ['test/fixtures/image-round.mjs', file],
        {
          encoding: 'utf8',
        },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      ended = deserialize(readFileSync(file)).states;
    }
  }, 120_000);

  test.each(CASES.map(([place], i) => [place, i] as const))('%s', (_, i) => {
    expect(ended[i]?.ended).toEqual([true]);
  });

  test('more than three processes', () => {
    expect(rounds).toBeGreaterThan(3);
  });
});
