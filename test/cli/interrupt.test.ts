import type { ChildProcess } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Ended, ended, machine, said } from './command-line.js';

const BUSY = 'while true do end';
const CAUGHT = 'while true do pcall(function() while true do end end) end';
const PATTERN = 'string.find(string.rep("a", 60), string.rep("a?", 60) .. string.rep("a", 60))';

describe('Ctrl-C', () => {
  test.each([
    ['a busy loop', BUSY],
    ['a loop that catches errors', CAUGHT],
    ['a search that never ends', PATTERN],
    ['os.execute("sleep 30")', 'os.execute("sleep 30")'],
    ['a loop that catches errors and waits', 'while true do pcall(os.execute, "sleep 1") end'],
    ['a read from stdin', 'io.read("a")'],
  ])('ends %s with 130', async (_, code) => {
    const { start } = machine();
    const child = start(['eval', '--storage', 'memory', `io.stderr:write("go\\n") ${code}`]);
    await said(child, 'go\n');
    const end = await interrupted(child);
    expect(asShellsSee(end)).toBe(130);
    // In the instant between two slices Node has no handler, and the signal itself ends the process.
    if (end.signal === null)
      expect(end.stderr).toContain('error: the run was interrupted [ABORTED]');
  });

  test('is told with --json too', async () => {
    const { start } = machine();
    const code = `io.stderr:write("go\\n") ${BUSY}`;
    const child = start(['eval', '--json', '--storage', 'memory', code]);
    await said(child, 'go\n');
    const { status, stdout } = await interrupted(child);
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'ABORTED' },
      data: { status: 'interrupted' },
    });
  });
});

describe('SIGTERM', () => {
  test.each([BUSY, 'os.execute("sleep 30")'])('ends %s by the signal', async (code) => {
    const { start } = machine();
    const child = start(['eval', '--storage', 'memory', `io.stderr:write("go\\n") ${code}`]);
    await said(child, 'go\n');
    const end = ended(child);
    child.kill('SIGTERM');
    expect(await end).toMatchObject({ status: null, signal: 'SIGTERM' });
  });
});

describe('--timeout', () => {
  test.each([BUSY, CAUGHT, PATTERN, 'os.execute("sleep 30")', 'io.read("a")'])(
    'ends %s with 8',
    async (code) => {
      const { start } = machine();
      const child = start(['eval', '--storage', 'memory', '--timeout', '300ms', code]);
      expect(await ended(child)).toMatchObject({
        status: 8,
        stderr: expect.stringContaining('[LIMIT_TIME]'),
      });
    },
  );

  test.each(['soon', '0', '-1', '25d'])('refuses %s', async (time) => {
    const { call } = machine();
    const { status, stderr } = await call(['eval', `--timeout=${time}`, 'return 1']);
    expect(status).toBe(2);
    expect(stderr).toContain("option '--timeout' must be a time such as 30s");
  });
});

describe('--memory', () => {
  test.each(['2 * 1024 ^ 3', '2e9'])('ends a string of %s bytes with 8', async (size) => {
    const { call } = machine();
    const code = `string.rep("x", math.tointeger(${size}))`;
    expect(await call(['eval', '--storage', 'memory', '--memory', '64mb', code])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('[LIMIT_MEMORY]'),
    });
  });

  test('ends a table that grows with 8', async () => {
    const { call } = machine();
    const code = 'local t = {} while true do t[#t + 1] = {} end';
    expect(await call(['eval', '--storage', 'memory', '--memory', '64mb', code])).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('[LIMIT_MEMORY]'),
    });
  });

  test('refuses less than the machine needs', async () => {
    const { call } = machine();
    const { status, stderr } = await call(['eval', '--memory', '1mb', 'return 1']);
    expect(status).toBe(2);
    expect(stderr).toContain('at least 32mb');
  });
});

/** Sends Ctrl-C. Node loses one that comes in the instant in which Lua stops to wait, so a person would repeat it. */
async function interrupted(child: ChildProcess): Promise<Ended> {
  const end = ended(child);
  child.kill('SIGINT');
  const repeat = setInterval(() => child.kill('SIGINT'), 4000);
  return end.finally(() => clearInterval(repeat));
}

/** A shell shows the end by a signal as 128 and its number. */
function asShellsSee({ status, signal }: Ended): number | null {
  return signal === 'SIGINT' ? 130 : status;
}
