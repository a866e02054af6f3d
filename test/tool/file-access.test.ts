import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../runtime/tool/decision.js';
import { FileAccess } from '../../runtime/tool/file-access.js';
import { FilePolicy, type FileRoots } from '../../runtime/tool/file-policy.js';
import { Folder } from '../../runtime/tool/folder.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

let base = '';
let decisions: Decision[] = [];

beforeEach(() => {
  base = realpathSync(temporaryFolder());
  for (const folder of ['open/inner', 'closed']) mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(base, 'open/a.txt'), 'open');
  writeFileSync(join(base, 'open/inner/a.txt'), 'inner');
  writeFileSync(join(base, 'closed/a.txt'), 'closed');
  decisions = [];
});

function access(roots: Partial<FileRoots> = {}): FileAccess {
  const open = [join(base, 'open')];
  const policy = new FilePolicy({ readRoots: open, writeRoots: open, ...roots });
  let id = 0;
  const nextId = () => {
    id += 1;
    return String(id);
  };
  return new FileAccess(policy, base, (decision) => decisions.push(decision), nextId);
}

describe('what is opened', () => {
  it('is what was judged, when a link takes the place of a folder in between', async () => {
    const policy = new FilePolicy({ readRoots: [join(base, 'open')], writeRoots: [] });
    const real = await policy.resolve('read', 'open/inner/a.txt', base);
    expect(real).toBe(join(base, 'open/inner/a.txt'));
    renameSync(join(base, 'open/inner'), join(base, 'open/before'));
    symlinkSync(join(base, 'closed'), join(base, 'open/inner'));
    await expect(Folder.open(join(base, 'open/inner'))).rejects.toMatchObject({
      code: expect.stringMatching(/POLICY_DENIED|ENOTDIR/),
    });
    renameSync(join(base, 'open'), join(base, 'elsewhere'));
    symlinkSync(join(base, 'closed'), join(base, 'open'));
    mkdirSync(join(base, 'closed/inner'));
    await expect(Folder.open(join(base, 'open/inner'))).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: { rule: 'unchanged_path' },
    });
  });

  it('stays the folder that was opened, whatever takes its place', async () => {
    await using folder = await Folder.open(join(base, 'open/inner'));
    renameSync(join(base, 'open/inner'), join(base, 'open/before'));
    symlinkSync(join(base, 'closed'), join(base, 'open/inner'));
    const outcome = await folder.file('a.txt').then(
      async (file) => {
        await using held = file;
        return (await held.readFile()).toString();
      },
      (error) => error.code,
    );
    // Where the system has no way through an open folder, the change is noticed.
    expect(outcome).toBe(process.platform === 'linux' ? 'inner' : 'POLICY_DENIED');
  });

  it('is never a link, a folder or a pipe in the place of a file', async () => {
    symlinkSync(join(base, 'closed/a.txt'), join(base, 'open/link'));
    execFileSync('mkfifo', [join(base, 'open/pipe')]);
    await using folder = await Folder.open(join(base, 'open'));
    await expect(folder.file('link')).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    await expect(folder.file('pipe')).rejects.toMatchObject({
      details: { rule: 'regular_files' },
    });
    await expect(folder.file('inner')).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('what stays closed in open folders', () => {
  it.each([
    '/proc/self/environ',
    '/proc/self/../1/environ',
    '/proc/self/root/proc/version',
    '/sys',
  ])('%s', async (path) => {
    const files = access({ readRoots: ['/'], writeRoots: ['/'] });
    await expect(files.read(path)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      details: { rule: 'system_files' },
    });
  });

  it('the data of llmspell itself', async () => {
    const files = access({ closed: [join(base, 'open/inner')] });
    const denied = { code: 'POLICY_DENIED', details: { rule: 'own_data' } };
    await expect(files.read('open/inner/a.txt')).rejects.toMatchObject(denied);
    await expect(files.read('OPEN/INNER/A.TXT')).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    await expect(files.write('open/inner/b.txt', Buffer.of())).rejects.toMatchObject(denied);
    expect((await files.read('open/a.txt')).toString()).toBe('open');
  });

  it('for writing, what configures it', async () => {
    const files = access({ unwritable: [join(base, 'open/config.toml')] });
    const denied = { code: 'POLICY_DENIED', details: { rule: 'own_configuration' } };
    for (const path of ['open/llmspell.toml', 'open/inner/LLMSpell.toml', 'open/config.toml']) {
      await expect(files.write(path, Buffer.from('x'))).rejects.toMatchObject(denied);
    }
    expect(decisions.every(({ allowed, rule }) => !allowed && rule === 'own_configuration')).toBe(
      true,
    );
    await expect(files.read('open/llmspell.toml')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });
});

describe('writing', () => {
  it('replaces a file as a whole, keeps its rights and leaves nothing beside it', async () => {
    chmodSync(join(base, 'open/a.txt'), 0o640);
    await access().write('open/a.txt', Buffer.from('new'));
    expect(readFileSync(join(base, 'open/a.txt'), 'utf8')).toBe('new');
    expect(statSync(join(base, 'open/a.txt')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(base, 'open'))).toEqual(['a.txt', 'inner']);
  });

  it('leaves the old file when the new one can not be finished', async () => {
    const files = access();
    const broken = files.at('open/a.txt', 'write', (entry) =>
      files.replace(entry, async (file) => {
        await file.writeFile('half');
        throw new Error('the source broke');
      }),
    );
    await expect(broken).rejects.toThrow('the source broke');
    expect(readFileSync(join(base, 'open/a.txt'), 'utf8')).toBe('open');
    expect(readdirSync(join(base, 'open'))).toEqual(['a.txt', 'inner']);
  });

  it('appends, and creates only where nothing is when it should', async () => {
    await access().write('open/a.txt', Buffer.from(', more'), { append: true });
    expect(readFileSync(join(base, 'open/a.txt'), 'utf8')).toBe('open, more');
    await expect(
      access().write('open/a.txt', Buffer.of(), { exclusive: true }),
    ).rejects.toMatchObject({ code: 'FILE_FAILED', details: { errno: 'EEXIST' } });
  });

  it('follows a link to where it leads, if that is open', async () => {
    symlinkSync('a.txt', join(base, 'open/link'));
    symlinkSync(join(base, 'closed/new'), join(base, 'open/out'));
    await access().write('open/link', Buffer.from('through'));
    expect(readFileSync(join(base, 'open/a.txt'), 'utf8')).toBe('through');
    await expect(access().write('open/out', Buffer.of())).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    expect(existsSync(join(base, 'closed/new'))).toBe(false);
  });
});

describe('decisions', () => {
  it('are told with their reason, allowed or not', async () => {
    const files = access();
    await files.read('open/a.txt');
    await files.read('open/../closed/a.txt').catch(() => {});
    expect(decisions).toEqual([
      {
        allowed: true,
        rule: 'file_read_roots',
        target: join(base, 'open/a.txt'),
        by: join(base, 'open'),
      },
      { allowed: false, rule: 'file_read_roots', target: join(base, 'closed/a.txt') },
    ]);
  });
});
