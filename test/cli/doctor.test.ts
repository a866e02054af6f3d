import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, machine } from './command-line.js';

function ruleOf({ data }: Document, name: string) {
  return data.policy.find(({ key }: { key: string }) => key === `runtime.security.${name}`);
}

function checksOf({ data }: Document, name: string): { state: string; text: string }[] {
  return data.checks.filter((check: { name: string }) => check.name === name);
}

describe('llmspell doctor', () => {
  it('says that nothing is open where nothing is configured, and makes no folder', async () => {
    const { json, home } = machine();
    const found = await json(['doctor']);
    expect(found.ok).toBe(true);
    for (const name of ['file_read_roots', 'network_hosts', 'commands', 'environment', 'secrets']) {
      expect(ruleOf(found, name)).toMatchObject({ values: [], origin: 'default' });
    }
    expect(found.data.tools).toContainEqual({ name: 'file-operations', state: 'open', rule: null });
    expect(checksOf(found, 'engine')).toMatchObject([
      { state: 'ok', text: expect.stringMatching(/^wasmoon, on Node/) },
    ]);
    expect(checksOf(found, 'data')).toMatchObject([
      { state: 'ok', text: expect.stringContaining('is made when something is stored') },
    ]);
    expect(checksOf(found, 'hashes')).toHaveLength(1);
    expect(existsSync(join(home, '.local'))).toBe(false);
  });

  it('names what is open with its line, and what looks unintended', async () => {
    const { json, call, write, folder } = machine();
    mkdirSync(join(folder, 'bin'));
    const file = write(
      'llmspell.toml',
      [
        '[runtime.security]',
        'file_read_roots = ["."]',
        'file_write_roots = ["bin", "missing"]',
        'commands = ["git status *", "*"]',
        'environment = ["NOT_SET_ANYWHERE"]',
        'deny_tools = ["process-*", "nothing-*"]',
        'approve_tools = ["file-operations"]',
        '[tools.file-operations]',
        'max_bytes = 1000',
        '[tools.unknown]',
        'timeout_ms = 5',
      ].join('\n'),
    );
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    const found = await json(['doctor'], { env });
    expect(ruleOf(found, 'file_read_roots')).toEqual({
      key: 'runtime.security.file_read_roots',
      values: [folder],
      origin: `${file}:2`,
    });
    expect(ruleOf(found, 'commands').origin).toBe(`${file}:4`);
    expect(found.data.policy).toContainEqual({
      key: 'tools.file-operations.max_bytes',
      values: ['file-operations.max_bytes = 1000'],
      origin: `${file}:9`,
    });
    expect(found.data.tools).toEqual(
      expect.arrayContaining([
        { name: 'process-executor', state: 'closed', rule: 'deny_tools' },
        { name: 'file-operations', state: 'asks', rule: 'approve_tools' },
      ]),
    );
    expect(checksOf(found, 'policy').map(({ text }) => text)).toEqual([
      `${join(folder, 'missing')} is open, and does not exist`,
      `scripts may write to ${join(folder, 'bin')}, where programs are searched`,
      'every program may be started: scripts can do what you can',
      'the variable NOT_SET_ANYWHERE is open, and not set',
      '"nothing-*" names no tool',
      '[tools.unknown] is about no tool',
    ]);
    const { stdout, status } = await call(['doctor'], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^OPEN +WHAT +BY\nfiles to read +\S+ +\S+llmspell\.toml:2\n/);
    expect(stdout).toMatch(/^hosts +-$/m);
    expect(stdout).toContain('never: process-executor (deny_tools)');
    expect(stdout).toMatch(/^policy +remark +every program may be started/m);
  });

  it('tells of a probe whose host is closed', async () => {
    const { json, write } = machine();
    const remarks = async (hosts: string, url: string) => {
      write(
        'llmspell.toml',
        `[runtime.security]\nnetwork_hosts = ${hosts}\n[runtime.llm]\nprobe_url = "${url}"`,
      );
      return checksOf(await json(['doctor']), 'policy').map(({ text }) => text);
    };
    const url = 'https://cdn.example.com/4mb';
    expect(await remarks('["*.example.org", "cdn.example.com:8443"]', url)).toEqual([
      `probe_url leads to a host that network_hosts does not open: ${url}`,
    ]);
    expect(await remarks('["*.example.com"]', url)).toEqual([]);
    expect(await remarks('["10.0.0.0/8"]', 'http://10.1.2.3:8080/4mb')).toEqual([]);
  });

  it('explains a profile', async () => {
    const { json } = machine();
    const found = await json(['doctor', '--profile', 'locked']);
    expect(ruleOf(found, 'deny_tools').origin).toMatch(/^profile locked \(\S+locked\.toml:\d+\)$/);
    expect(found.data.tools).toContainEqual({
      name: 'file-search',
      state: 'closed',
      rule: 'deny_tools',
    });
  });

  it('opens the data that is there, and ends with the status of what failed', async () => {
    const { json, call, folder } = machine();
    await call(['--data-dir', join(folder, 'data'), 'eval', 'return 1']);
    const sound = await json(['doctor', '--data-dir', join(folder, 'data')]);
    expect(checksOf(sound, 'data')).toMatchObject([
      { state: 'ok', text: `lmdb in ${join(folder, 'data')}` },
    ]);
    mkdirSync(join(folder, 'foreign'));
    writeFileSync(join(folder, 'foreign/data.mdb'), 'x'.repeat(10_000));
    const args = ['doctor', '--data-dir', join(folder, 'foreign')];
    const failed = await json(args);
    expect(failed).toMatchObject({ ok: false, error: { code: 'STORAGE_FOREIGN' } });
    expect(checksOf(failed, 'data')).toMatchObject([{ state: 'failed' }]);
    expect(checksOf(failed, 'engine')).toMatchObject([{ state: 'ok' }]);
    const { status, stdout, stderr } = await call(args);
    expect(status).toBe(10);
    expect(stdout).toMatch(/^data +failed /m);
    expect(stderr).toContain('[STORAGE_FOREIGN]');
  });

  it('says where no data can be kept', async () => {
    const { call, folder, write } = machine();
    write('file.txt', 'no folder');
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    const isRoot = process.getuid?.() === 0;
    // Nobody makes a folder in a file, or among processes; root does in a folder that is closed to writing.
    const places = [join(folder, 'file.txt/data'), '/proc/data', join(folder, 'closed/data')];
    for (const place of isRoot ? places.slice(0, 2) : places) {
      const { status, stderr } = await call(['doctor', '--data-dir', place]);
      expect([place, status]).toEqual([place, 10]);
      expect(stderr).toContain('[STORAGE_READ_ONLY]');
    }
  });

  it('ends with 3 where the configuration is wrong', async () => {
    const { call, write } = machine();
    write('llmspell.toml', '[runtime.security]\ncommands = "git"');
    const { status, stderr } = await call(['doctor']);
    expect(status).toBe(3);
    expect(stderr).toContain('commands must be a list');
  });
});
