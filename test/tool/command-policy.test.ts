import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CommandPolicy, commandLine, wordsOf } from '../../runtime/tool/command-policy.js';
import type { Decision } from '../../runtime/tool/decision.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

let bin = '';
beforeEach(() => {
  bin = temporaryFolder();
  for (const name of ['git', 'ls', 'make']) {
    writeFileSync(join(bin, name), '#!/bin/sh\n');
    chmodSync(join(bin, name), 0o755);
  }
  symlinkSync(join(bin, 'git'), join(bin, 'alias'));
});

async function isAllowed(pattern: string, [name = '', ...args]: readonly string[]) {
  const policy = new CommandPolicy([pattern], `${bin}:relative`, bin);
  return policy
    .resolve(name, args, () => {})
    .then(
      () => true,
      (error) => {
        if (error.code === 'POLICY_DENIED') return false;
        throw error;
      },
    );
}

describe('a pattern', () => {
  it.each<[string, readonly string[], boolean]>([
    ['ls', ['ls'], true],
    ['ls', ['ls', '-l'], false],
    ['git status *', ['git', 'status'], true],
    ['git status *', ['git', 'status', '-s', '--', 'a b'], true],
    ['git status *', ['git', 'push'], false],
    ['git status *', ['git'], false],
    ['git status *', ['git', 'status *'], false],
    ['git log --max-count=* HEAD', ['git', 'log', '--max-count=3', 'HEAD'], true],
    ['git log --max-count=* HEAD', ['git', 'log', '--max-count=3', 'HEAD', '--output=x'], false],
    ['git log --max-count=* HEAD', ['git', 'log', '-n', 'HEAD'], false],
    ['git * status', ['git', 'x', 'status'], true],
    ['git * status', ['git', 'x', 'y', 'status'], false],
    ['make "build all"', ['make', 'build all'], true],
    ['make "build all"', ['make', 'build', 'all'], false],
    ["make a?'*'", ['make', 'ab1'], true],
    ['make .*', ['make', 'x'], false],
    ['  ls   -l ', ['ls', '-l'], true],
    ['*', ['git', 'push', '--force'], true],
    ['* status', ['git', 'status'], false],
    ['g*', ['git'], false],
    ['git', ['GIT'], false],
    ['git', ['./git'], true],
    ['git', ['alias'], false],
    ['git', ['sh', '-c', 'git'], false],
  ])('%s and the call %j: %s', async (pattern, call, expected) => {
    expect(await isAllowed(pattern, call)).toBe(expected);
  });

  it('takes time that grows with its length only', async () => {
    const pattern = `git ${'*a'.repeat(30)}`;
    expect(await isAllowed(pattern, ['git', 'a'.repeat(20_000)])).toBe(true);
    expect(await isAllowed(pattern, ['git', `${'a'.repeat(20_000)}b`])).toBe(false);
  });
});

describe('what no pattern fits', () => {
  it('is refused with the line that would allow it', async () => {
    const decisions: Decision[] = [];
    const policy = new CommandPolicy(['ls'], bin, bin);
    const error = await policy
      .resolve('git', ['commit', '-m', 'two words'], (decision) => decisions.push(decision))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'POLICY_DENIED',
      key: 'runtime.security.commands',
      details: { rule: 'commands', command: 'git commit -m "two words"' },
      hint: expect.stringContaining('commands = ["ls","git commit -m \\"two words\\""]'),
    });
    expect(decisions).toEqual([
      { allowed: false, rule: 'commands', target: 'git commit -m "two words"' },
    ]);
  });

  it('is everything where there are no patterns', async () => {
    const policy = new CommandPolicy([], bin, bin);
    expect(policy.isOpen).toBe(false);
    await expect(policy.resolve('ls', [], () => {})).rejects.toThrow('which names nothing');
  });
});

it('refuses NUL bytes, and tells what is allowed and not there', async () => {
  const policy = new CommandPolicy(['*'], bin, bin);
  const bad = { code: 'BAD_ARGUMENT' };
  await expect(policy.resolve('ls\0', [], () => {})).rejects.toMatchObject(bad);
  await expect(policy.resolve('ls', ['a\0b'], () => {})).rejects.toMatchObject(bad);
  await expect(policy.resolve('', [], () => {})).rejects.toMatchObject(bad);
  await expect(policy.resolve('nothing', [], () => {})).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
});

it('takes lines apart as it puts them together', () => {
  for (const words of [['a'], ['a b', ''], ["it's", '"x"'], ['\'"'], ['a\nb']]) {
    expect(wordsOf(commandLine(words))).toEqual(words);
  }
  expect(wordsOf('a "b')).toBeUndefined();
});
