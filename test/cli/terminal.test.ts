import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Ended, type Machine, machine } from './command-line.js';

/** `script` of util-linux gives a program a terminal. */
const HAS_SCRIPT = succeeds(() => execFileSync('script', ['--version'], { stdio: 'ignore' }));

describe.skipIf(!HAS_SCRIPT)('in a terminal', () => {
  test.each([
    ['y', 0, []],
    ['n', 2, [1]],
  ])('delete asks, and %s decides', async (answer, status, left) => {
    const user = machine();
    await user.call(['eval', 'Session.create{id = "mine"}']);
    const { stdout } = await inTerminal(user, 'session delete mine', `echo ${answer} | `);
    expect(stdout).toContain('Delete 1 session with their artifacts? [y/N]');
    expect(stdout).toContain(`status ${status}`);
    const { data } = await user.json(['session', 'list']);
    expect(data.items).toHaveLength(left.length);
  });

  test('errors have colours, and --no-color takes them away', async () => {
    const user = machine();
    const plain = await inTerminal(user, '--no-color session show none');
    const coloured = await inTerminal(user, 'session show none');
    expect(plain.stdout).toContain('error: session "none" does not exist');
    expect(plain.stdout).not.toContain('\u001b[');
    expect(coloured.stdout).toContain('\u001b[31merror:\u001b[39m');
  });

  test('content that is not text is not printed', async () => {
    const user = machine();
    await user.call(['eval', 'Session.create{id = "mine"}']);
    const args = ['artifact', 'put', '-', '--session', 'mine'];
    const { stdout } = await user.call(args, { input: Buffer.from([0xff, 0x00]) });
    const shown = await inTerminal(user, `artifact get ${stdout.trim()}`);
    expect(shown.stdout).toContain('Write it to a file with -o FILE');
    expect(shown.stdout).toContain('status 2');
  });
});

function inTerminal(user: Machine, args: string, before = ''): Promise<Ended> {
  const line = `$llmspell ${args}; echo status $?`;
  return user.shell(`export TERM=xterm; ${before}script -qec '${line}' /dev/null`);
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
