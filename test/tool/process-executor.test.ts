import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { processExecutor } from '../../runtime/tool/builtin/process-executor.js';
import { denied, failed, localTools } from './local-tools.js';

const SECURITY = 'runtime.security';
const open = (settings: Record<string, unknown> = { [`${SECURITY}.commands`]: ['*'] }) =>
  localTools('process-executor', settings);

const script = (code: string) => ({ executable: 'sh', arguments: ['-c', code] });

describe('process-executor', () => {
  it('gives what a program prints, and how it ended', async () => {
    const { result } = await open();
    const printed = await result(script('echo out; echo err >&2; exit 3'));
    expect(printed).toEqual({
      exit_code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      stdout_truncated: false,
      stderr_truncated: false,
    });
    expect(await result(script('kill -TERM $$'))).toMatchObject({ signal: 'SIGTERM' });
    const { stdout } = await result(script("printf '\\377\\000'"));
    expect([...stdout]).toEqual([255, 0]);
  });

  it('gives arguments as they are: there is no shell', async () => {
    const { result } = await open();
    const words = ['a b', '$HOME', '*', '`id`', ';', ''];
    const { stdout } = await result({ executable: 'printf', args: ['[%s]', ...words] });
    expect(stdout).toBe('[a b][$HOME][*][`id`][;][]');
  });

  it('gives a program its input, folder and variables', async () => {
    const { result, folder, write } = await open();
    write('sub/x');
    expect((await result({ executable: 'cat', stdin: 'grüße' })).stdout).toBe('grüße');
    expect((await result({ executable: 'pwd' })).stdout).toBe(`${folder}\n`);
    expect((await result({ executable: 'pwd', cwd: 'sub' })).stdout).toBe(`${folder}/sub\n`);
    const seen = await result({ ...script('echo $GREETING'), env: { GREETING: 'hello' } });
    expect(seen.stdout).toBe('hello\n');
    expect((await result({ executable: 'true', stdin: 'x'.repeat(1_000_000) })).exit_code).toBe(0);
  });

  it('cuts long outputs, and goes on reading them', async () => {
    const { result } = await open();
    const cut = await result({
      ...script('head -c 3000000 /dev/zero; echo done >&2'),
      max_output_bytes: 10,
    });
    expect(cut).toMatchObject({ stdout_truncated: true, stderr: 'done\n', exit_code: 0 });
    expect(cut.stdout).toHaveLength(10);
  });

  it('ends a program with all that it has started, when its time is over', async () => {
    const { call, folder } = await open();
    const code = `(while :; do date +%s%N > ${folder}/alive; sleep 0.05; done) & sleep 60`;
    const args = { ...script(code), timeout_ms: 500 };
    expect(await call(args)).toMatchObject(failed('TOOL_TIMEOUT', { timeout_ms: 500 }));
    await expectSilence(join(folder, 'alive'));
    expect(await call(script('sleep 60'), { timeoutMs: 100 })).toMatchObject(
      failed('TOOL_TIMEOUT'),
    );
  });

  it('ends it when the call is aborted, and what it leaves behind when it ends', async () => {
    const { call, result, folder } = await open();
    const loop = `while :; do date +%s%N > ${folder}/alive; sleep 0.05; done`;
    const controller = new AbortController();
    const running = call(script(loop), { signal: controller.signal });
    await vi.waitFor(() => expect(existsSync(join(folder, 'alive'))).toBe(true), 10_000);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    await expectSilence(join(folder, 'alive'));
    await result(script(`(${loop}) & sleep 0.2`));
    await expectSilence(join(folder, 'alive'));
  });

  it('starts only what a pattern allows', async () => {
    const { call, result } = await open({ [`${SECURITY}.commands`]: ['echo hello *'] });
    expect((await result({ executable: 'echo', arguments: ['hello', 'you'] })).stdout).toBe(
      'hello you\n',
    );
    expect(await call({ executable: 'echo', arguments: ['bye'] })).toMatchObject(
      denied('commands'),
    );
    expect(await call(script('echo hello'))).toMatchObject({
      ...denied('commands'),
      error: { hint: expect.stringContaining('"sh -c \\"echo hello\\""]') },
    });
    const none = await open({});
    expect(await none.call({ executable: 'echo' })).toMatchObject(denied('commands'));
  });

  it('gives programs no variable that is closed, and sets none for them', async () => {
    vi.stubEnv('LLMSPELL_TEST_HIDDEN', 'hidden');
    vi.stubEnv('LLMSPELL_TEST_OPEN', 'open');
    try {
      const { result, call } = await open({
        [`${SECURITY}.commands`]: ['env'],
        [`${SECURITY}.environment`]: ['LLMSPELL_TEST_OPEN'],
      });
      const { stdout } = await result({ executable: 'env' });
      expect(stdout).toContain('LLMSPELL_TEST_OPEN=open');
      expect(stdout).toMatch(/^PATH=/m);
      expect(stdout).not.toContain('hidden');
      const preload = { executable: 'env', env: { LD_PRELOAD: '/tmp/x.so' } };
      expect(await call(preload)).toMatchObject(denied('environment'));
      const set = { executable: 'env', env: { LLMSPELL_TEST_OPEN: 'set' } };
      expect((await result(set)).stdout).toContain('LLMSPELL_TEST_OPEN=set');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('takes handles of secrets, and takes their values out of what is printed', async () => {
    vi.stubEnv('LLMSPELL_TEST_TOKEN', 'tok-1234567890');
    try {
      const { result, call, folder } = await open({
        [`${SECURITY}.commands`]: ['sh *'],
        [`${SECURITY}.secrets`]: ['LLMSPELL_TEST_TOKEN'],
      });
      const code = `printf %s "$LLMSPELL_TEST_TOKEN" > ${folder}/seen; echo "<$LLMSPELL_TEST_TOKEN>"`;
      const env = { LLMSPELL_TEST_TOKEN: { secret: 'LLMSPELL_TEST_TOKEN' } };
      expect((await result({ ...script(code), env })).stdout).toBe('<***>\n');
      expect(readFileSync(join(folder, 'seen'), 'utf8')).toBe('tok-1234567890');
      const closed = { ...script(code), env: { OTHER: { secret: 'OTHER' } } };
      expect(await call(closed)).toMatchObject(failed('POLICY_DENIED'));
      expect(
        await call({ ...script(code), env: { LLMSPELL_TEST_TOKEN: 5 } }).catch((e) => e.key),
      ).toBe('/env/LLMSPELL_TEST_TOKEN');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says what is wrong', async () => {
    const { call, closed } = await open();
    expect(await call({ executable: 'no-such-program' })).toMatchObject(failed('FILE_NOT_FOUND'));
    expect(await call({ executable: 'pwd', cwd: closed })).toMatchObject(denied('file_read_roots'));
    expect(await call({ executable: 'pwd', cwd: 'none' })).toMatchObject(failed('FILE_NOT_FOUND'));
    expect(await call({ executable: 'echo', arguments: ['a\0'] })).toMatchObject(
      failed('BAD_ARGUMENT'),
    );
    expect(await call({ executable: 'true', arguments: ['x'.repeat(3_000_000)] })).toMatchObject(
      failed('TOO_LARGE'),
    );
    expect(processExecutor.effect).toBe('unsafe');
    for (const [args, key] of [
      [{}, '/executable'],
      [{ executable: '' }, '/executable'],
      [{ executable: 'echo', arguments: 'hello' }, '/arguments'],
      [{ executable: 'echo', shell: true }, '/shell'],
    ] as const) {
      await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
    }
  });
});

/** Nobody writes the file any more. */
async function expectSilence(file: string): Promise<void> {
  writeFileSync(file, 'silence');
  await wait(300);
  expect(readFileSync(file, 'utf8')).toBe('silence');
}
