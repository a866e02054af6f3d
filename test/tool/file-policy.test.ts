import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import { FilePolicy } from '../../runtime/tool/policy.js';

let base = '';
let policy: FilePolicy;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'llmspell-policy-')));
  for (const folder of ['open/inner', 'drop', 'closed', 'openly']) {
    mkdirSync(join(base, folder), { recursive: true });
  }
  for (const file of ['open/a.txt', 'open/inner/b.txt', 'closed/secret.txt', 'openly/c.txt']) {
    writeFileSync(join(base, file), file);
  }
  policy = new FilePolicy({ readRoots: [join(base, 'open')], writeRoots: [join(base, 'drop')] });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function failure(promise: Promise<string>): Promise<SpellError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof SpellError) return outcome;
  throw new Error(`expected an error, got ${String(outcome)}`);
}

const read = (path: string) => policy.resolveReadable(path, base);
const write = (path: string) => policy.resolveWritable(path, base);

describe('reading', () => {
  it('is open in the roots and below, by absolute and relative paths', async () => {
    expect(await read('open/a.txt')).toBe(join(base, 'open/a.txt'));
    expect(await read(join(base, 'open/inner/b.txt'))).toBe(join(base, 'open/inner/b.txt'));
    expect(await read('open')).toBe(join(base, 'open'));
    expect(await read('closed/../open/./inner/../a.txt')).toBe(join(base, 'open/a.txt'));
  });

  it.each(['closed/secret.txt', 'open/../closed/secret.txt', 'openly/c.txt', '/etc/passwd', '..'])(
    'is closed for %s',
    async (path) => {
      expect(await failure(read(path))).toMatchObject({ code: 'POLICY_DENIED', exitStatus: 6 });
    },
  );

  it('is refused with the rule and the line that would allow it', async () => {
    const error = await failure(read('closed/secret.txt'));
    expect(error.key).toBe('runtime.security.file_read_roots');
    expect(error.message).toContain('outside of file_read_roots');
    expect(error.hint).toContain(
      `file_read_roots = ["${join(base, 'open')}","${join(base, 'closed')}"]`,
    );
  });

  it('follows links before it judges', async () => {
    symlinkSync('../closed/secret.txt', join(base, 'open/link'));
    symlinkSync(join(base, 'closed'), join(base, 'open/folder'));
    symlinkSync('folder', join(base, 'open/twice'));
    symlinkSync(join(base, 'open/a.txt'), join(base, 'closed/back'));
    expect((await failure(read('open/link'))).code).toBe('POLICY_DENIED');
    expect((await failure(read('open/folder/secret.txt'))).code).toBe('POLICY_DENIED');
    expect((await failure(read('open/twice/secret.txt'))).code).toBe('POLICY_DENIED');
    expect(await read('closed/back')).toBe(join(base, 'open/a.txt'));
  });

  it('accepts roots that are links themselves', async () => {
    symlinkSync(join(base, 'open'), join(base, 'alias'));
    const aliased = new FilePolicy({ readRoots: [join(base, 'alias')], writeRoots: [] });
    expect(await aliased.resolveReadable('alias/a.txt', base)).toBe(join(base, 'open/a.txt'));
    expect(await aliased.resolveReadable('open/a.txt', base)).toBe(join(base, 'open/a.txt'));
  });

  it('tells what is missing only where it is open', async () => {
    expect((await failure(read('open/none.txt'))).code).toBe('FILE_NOT_FOUND');
    expect((await failure(read('open/a.txt/below'))).code).toBe('FILE_NOT_FOUND');
    expect((await failure(read('closed/none.txt'))).code).toBe('POLICY_DENIED');
  });

  it('refuses circles of links, NUL bytes and empty paths', async () => {
    symlinkSync('two', join(base, 'open/one'));
    symlinkSync('one', join(base, 'open/two'));
    expect((await failure(read('open/one'))).code).toBe('FILE_FAILED');
    expect((await failure(read('open/a.txt\0.png'))).code).toBe('BAD_ARGUMENT');
    expect((await failure(read(''))).code).toBe('BAD_ARGUMENT');
  });

  it('refuses devices and pipes even where everything is open', async () => {
    const all = new FilePolicy({ readRoots: ['/'], writeRoots: ['/'] });
    expect(await failure(all.resolveReadable('/dev/null', base))).toMatchObject({
      code: 'POLICY_DENIED',
      details: { rule: 'regular_files' },
    });
    execFileSync('mkfifo', [join(base, 'open/pipe')]);
    expect((await failure(read('open/pipe'))).code).toBe('POLICY_DENIED');
    expect((await failure(all.resolveWritable('/dev/null', base))).code).toBe('POLICY_DENIED');
  });

  it('is closed everywhere without roots', async () => {
    const none = new FilePolicy({ readRoots: [], writeRoots: [] });
    const error = await failure(none.resolveReadable('open/a.txt', base));
    expect(error.message).toContain('file_read_roots which names no folder');
  });
});

describe('writing', () => {
  it('is open for new and old files in the roots', async () => {
    writeFileSync(join(base, 'drop/old'), '');
    expect(await write('drop/new')).toBe(join(base, 'drop/new'));
    expect(await write('drop/old')).toBe(join(base, 'drop/old'));
  });

  it('does not follow from reading, nor reading from it', async () => {
    expect((await failure(write('open/a.txt'))).key).toBe('runtime.security.file_write_roots');
    expect((await failure(read('drop'))).key).toBe('runtime.security.file_read_roots');
  });

  it('sees where a link to nothing leads', async () => {
    symlinkSync(join(base, 'closed/created'), join(base, 'drop/link'));
    symlinkSync(join(base, 'drop/created'), join(base, 'drop/inside'));
    expect((await failure(write('drop/link'))).code).toBe('POLICY_DENIED');
    expect(await write('drop/inside')).toBe(join(base, 'drop/created'));
  });

  it('needs the folder around the file', async () => {
    writeFileSync(join(base, 'drop/file'), '');
    expect((await failure(write('drop/none/new'))).code).toBe('FILE_NOT_FOUND');
    expect((await failure(write('drop/file/new'))).code).toBe('FILE_FAILED');
  });
});
