/**
 * Runs the Lua programs of this folder on every backend. A program proves its claims with `assert`; its first lines may
 * say how it must end: `-- expect-error: CODE`, `-- expect-exit: 3`, `-- expect-output: "a JSON string"`; settings of its
 * own are `-- settings: {JSON}`, in which `@cwd` is the root of the repository. `-- first: FILE` names a program that has
 * run before in the same storage, and whose value is the global FIRST. It finds the global TEMP (an empty folder where
 * files are open) and a standard input of two lines and a number.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const FOLDER = new URL('.', import.meta.url).pathname;

const programs = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.lua') && !name.split(sep).includes('modules'))
  .sort();

const PLACES = [
  ['memory', 'memory', {}],
  ['lmdb', 'lmdb', {}],
  ['memory, on a thread of its own', 'memory', { 'runtime.lua.untrusted': true }],
] as const;

describe.each(PLACES)('on %s', (_, storage, settings) => {
  test.each(programs)('%s', async (name) => {
    const path = join(FOLDER, name);
    const expected = expectations(readFileSync(path, 'utf8'));
    const temp = temporaryFolder();
    const data = temporaryFolder();
    await using runtime = await Runtime.open({
      storage,
      dataDir: data,
      settings: {
        'runtime.security.file_read_roots': [temp],
        'runtime.security.file_write_roots': [temp],
        'runtime.security.environment': ['PATH'],
        ...settings,
        ...expected.settings,
      },
    });
    const output: string[] = [];
    const first =
      expected.first === undefined
        ? {}
        : { FIRST: (await runtime.run(join(FOLDER, expected.first))).value };
    const run = runtime.run(path, {
      variables: { TEMP: temp, ...first },
      args: ['first', '--name', 'value'],
      readInput: standardInput(),
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') output.push(Buffer.from(bytes).toString('utf8'));
      },
    });
    const outcome = await run.outcome;
    if (expected.error === undefined && outcome.error !== undefined) throw outcome.error;
    expect(outcome.error?.code).toBe(expected.error);
    expect(outcome.exitStatus).toBe(expected.exit);
    if (expected.output !== undefined) expect(output.join('')).toBe(expected.output);
  });
});

interface Expectations {
  readonly error: string | undefined;
  readonly exit: number;
  readonly output: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly first: string | undefined;
}

function expectations(source: string): Expectations {
  const find = (name: string) => new RegExp(`^-- ${name}: (.*)$`, 'm').exec(source)?.[1];
  const output = find('expect-output');
  return {
    error: find('expect-error'),
    exit: Number(find('expect-exit') ?? 0),
    output: output === undefined ? undefined : (JSON.parse(output) as string),
    settings: JSON.parse((find('settings') ?? '{}').replaceAll('@cwd', process.cwd())),
    first: find('first'),
  };
}

/** Pieces that end in the middle of lines, as a pipe gives them. */
function standardInput(): () => Promise<Uint8Array | undefined> {
  const pieces = ['first l', 'ine\nsecond line\n', '42', ' rest'];
  return async () => {
    const piece = pieces.shift();
    return piece === undefined ? undefined : Buffer.from(piece);
  };
}
