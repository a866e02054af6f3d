/** Questions of runs on the command line: real processes ask, die, answer and wake each other. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { ended, type Machine, machine, said } from './command-line.js';

const CODE = `
  local release = Session.create({ id = 'release' })
  local answer, came = Session.waitForApproval(release, 'deploy', {
    question = 'Deploy build 12?', data = { build = 12 } })
  print(came, answer.approved, answer.comment)`;

function studio(code = CODE): { readonly user: Machine; readonly file: string } {
  const user = machine();
  user.write('llmspell.toml', '[runtime.durability]\nsnapshot_before_wait_ms = 1\n');
  return { user, file: user.write('ask.lua', code) };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function runs({ json }: Machine): Promise<{ id: string; status: string }[]> {
  return (await json(['runs'])).data.items;
}

describe('llmspell runs', () => {
  test('says what a run asks, and approve answers it', async () => {
    const { user, file } = studio();
    const { stderr } = await user.call(['run', '--detach', file]);
    const [{ id } = { id: '' }] = await runs(user);
    expect(stderr).toContain(
      `run ${id} is sleeping until approval "deploy" of session release: Deploy build 12?\n` +
        `answer with: llmspell runs approve ${id} deploy\n`,
    );
    expect((await user.call(['runs'])).stdout).toMatch(
      /WAITS FOR\n.*ask\.lua +approval "deploy"\n/,
    );
    const shown = await user.call(['runs', 'show', id]);
    expect(shown.stdout).toMatch(/^waits for +approval "deploy" of session release: Deploy build/m);
    const waits = {
      type: 'approval',
      session: 'release',
      name: 'deploy',
      question: 'Deploy build 12?',
      data: { build: 12 },
      asked_at: expect.stringMatching(/^\d{4}-.*Z$/),
      until: null,
    };
    expect((await user.json(['runs', 'show', id])).data.waits_for).toEqual([waits]);
    const args = ['runs', 'approve', id.slice(0, 13), '--deny', '--comment', 'not today'];
    const { ok, data } = await user.json(args);
    const { type: _, ...question } = waits;
    expect({ ok, data }).toEqual({
      ok: true,
      data: {
        run: id,
        ...question,
        approved: false,
        by: expect.stringMatching(/./),
        comment: 'not today',
        answered_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    expect((await user.call(['resume', '--all'])).stdout).toBe('true\tfalse\tnot today\n');
  });

  test('approve says what is wrong', async () => {
    const { user, file } = studio();
    await user.call(['run', '--detach', file]);
    const [{ id } = { id: '' }] = await runs(user);
    const code = async (...args: string[]) =>
      (await user.json(['runs', 'approve', ...args])).error?.code;
    expect(await code('ffff')).toBe('RUN_NOT_FOUND');
    expect(await code(id, 'launch')).toBe('QUESTION_NOT_FOUND');
    expect(await code(id, '--session', 'other')).toBe('QUESTION_NOT_FOUND');
    expect(await code(id, 'deploy')).toBeUndefined();
    expect(await code(id, 'deploy')).toBe('QUESTION_STATE');
    await user.call(['resume', id]);
    expect(await code(id, 'deploy')).toBe('RUN_STATE');
  });
});

describe('a run whose process was killed while it asked', { timeout: 60_000 }, () => {
  test('is answered from another process, and a watch goes on with it', async () => {
    const { user, file } = studio();
    const child = user.start(['run', file], { input: '' });
    await said(child, 'runs approve');
    const killed = ended(child);
    child.kill('SIGKILL');
    await killed;
    const [{ id, status } = { id: '', status: '' }] = await runs(user);
    expect(status).toBe('interrupted');
    const watch = user.start(['resume', '--all', '--watch']);
    const output = ended(watch);
    await until(async () => (await runs(user))[0]?.status === 'sleeping');
    expect((await user.call(['runs', 'approve', id, 'deploy', '--comment', 'go'])).status).toBe(0);
    await until(async () => (await runs(user))[0]?.status === 'completed');
    watch.kill('SIGINT');
    expect((await output).stdout).toBe('true\ttrue\tgo\n');
    const replay = await user.call(['replay', id]);
    expect({ status: replay.status, stdout: replay.stdout }).toEqual({
      status: 0,
      stdout: 'true\ttrue\tgo\n',
    });
  });

  test('is answered while it goes on in another process', async () => {
    const { user, file } = studio();
    const child = user.start(['run', file], { input: '' });
    const output = ended(child);
    await said(child, 'runs approve');
    const [{ id } = { id: '' }] = await runs(user);
    await user.call(['eval', "Session.approve('release', 'deploy', { comment = 'by a script' })"]);
    const { status, stdout, stderr } = await output;
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'true\ttrue\tby a script\n' });
    expect(stderr).toBe(
      `run ${id}\ndeploy: Deploy build 12?\n{"build":12}\n` +
        `answer with: llmspell runs approve ${id} deploy\n`,
    );
  });
});

test('what a script asks cannot move the cursor of a terminal', async () => {
  const asking = `Session.waitForApproval(Session.create(), 'a\\27b\\nc', { question = 'x\\27[31my\\nz' })`;
  const { user, file } = studio(asking);
  const { stderr } = await user.call(['run', '--detach', file]);
  expect(stderr).toMatch(/: x\\x1b\[31my\\nz\nanswer with: .* 'a\\x1bb\\nc'\n$/);
  const waiting = user.start(['run', file], { input: '' });
  const output = ended(waiting);
  await said(waiting, 'answer with');
  waiting.kill('SIGKILL');
  expect((await output).stderr).toContain('x\\x1b[31my\nz');
  const [{ id } = { id: '' }] = (await runs(user)).slice(1);
  for (const args of [['runs'], ['runs', 'show', id], ['runs', 'approve', id]]) {
    const { stdout, stderr: said } = await user.call(args);
    expect(stdout + said).not.toContain('\u001b');
  }
});

test('--yes approves', async () => {
  const { user, file } = studio();
  const { status, stdout } = await user.call(['run', '--yes', file]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'true\ttrue\tnil\n' });
});

/** `script` of util-linux gives a program a terminal. */
describe.skipIf(!hasScript())('in a terminal', { timeout: 60_000 }, () => {
  test.each([
    ['y', 'true\ttrue\tnil'],
    ['yes, but slowly', 'true\ttrue\tbut slowly'],
    ['', 'true\tfalse\tnil'],
    ['n not now', 'true\tfalse\tnot now'],
    ['perhaps\ny', 'true\ttrue\tnil'],
  ])('a person is asked, and answers %j', async (typed, printed) => {
    const { user, file } = studio();
    const child = user.terminal(`run ${file}`);
    const screen = watched(child);
    const output = ended(child);
    await screen('Approve? [y/N] ');
    child.stdin?.write(`${typed}\n`);
    expect((await output).stdout.replaceAll('\r\n', '\n')).toContain(`${printed}\n`);
  });

  test('the script reads its lines, and the person answers on those behind', async () => {
    const { user, file } = studio(`local line = io.read('l') ${CODE} print(line, io.read('l'))`);
    const child = user.terminal(`run ${file}`);
    const screen = watched(child);
    const output = ended(child);
    child.stdin?.write('first\n');
    await screen('Approve? [y/N] ');
    child.stdin?.write('y\n');
    await screen('true\ttrue\tnil');
    child.stdin?.write('last\n');
    expect((await output).stdout).toContain('first\tlast');
  });

  test('the question goes away when somebody else is faster', async () => {
    const { user, file } = studio();
    const child = user.terminal(`run ${file}`);
    const screen = watched(child);
    const output = ended(child);
    await screen('Approve? [y/N] ');
    const [{ id } = { id: '' }] = await runs(user);
    await user.call(['runs', 'approve', id, '--comment', 'faster']);
    const { stdout } = await output;
    expect(stdout).toContain('no answer is needed any more');
    expect(stdout).toContain('true\ttrue\tfaster');
  });

  test('a run that is resumed asks again', async () => {
    const { user, file } = studio();
    await user.call(['run', '--detach', file]);
    const [{ id } = { id: '' }] = await runs(user);
    const child = user.terminal(`resume ${id}`);
    const screen = watched(child);
    const output = ended(child);
    await screen('Approve? [y/N] ');
    child.stdin?.write('y\n');
    expect((await output).stdout).toContain('true\ttrue\tnil');
  });
});

/** Resolves when the screen shows a text. */
function watched(child: ReturnType<Machine['terminal']>): (text: string) => Promise<void> {
  let all = '';
  child.stdout?.on('data', (piece) => {
    all += piece;
  });
  return (text) => until(async () => all.includes(text));
}

function hasScript(): boolean {
  try {
    execFileSync('script', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
