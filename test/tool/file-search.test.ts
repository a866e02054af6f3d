import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { denied, failed, type LocalTools, localTools } from './local-tools.js';

async function project(): Promise<LocalTools> {
  const tools = await localTools('file-search');
  tools.write('src/a.lua', 'local x = 1\nprint(x)\nprint("Error: gone")\n');
  tools.write('src/deep/b.lua', '-- error 42\nreturn "x"\n');
  tools.write('notes.txt', 'an error\nand an ERROR\n');
  tools.write('node_modules/p/c.lua', 'error()');
  tools.write('image.bin', Buffer.from('error\0error'));
  return tools;
}

const places = (found: { matches: { path: string; line: number; column: number }[] }) =>
  found.matches.map(({ path, line, column }) => `${path}:${line}:${column}`);

describe('file-search', () => {
  it('finds text with its place', async () => {
    const { result } = await project();
    const found = await result({ path: '.', pattern: 'error' });
    expect(places(found)).toEqual([
      'node_modules/p/c.lua:1:1',
      'notes.txt:1:4',
      'src/deep/b.lua:1:4',
    ]);
    expect(found).toMatchObject({
      match_count: 3,
      files_searched: 4,
      files_skipped: 1,
      truncated: false,
    });
    expect(found.matches[1].text).toBe('an error');
    const any = await result({ path: 'notes.txt', pattern: 'error', case_sensitive: false });
    expect(places(any)).toEqual(['notes.txt:1:4', 'notes.txt:2:8']);
  });

  it('finds expressions, in chosen files, with the lines around them', async () => {
    const { result } = await project();
    const found = await result({
      path: '.',
      pattern: 'e(r+)or:? \\w+',
      regex: true,
      case_sensitive: false,
      include: ['*.lua'],
      exclude: 'node_modules',
      context_lines: 1,
    });
    expect(places(found)).toEqual(['src/a.lua:3:8', 'src/deep/b.lua:1:4']);
    expect(found.matches[0]).toMatchObject({ before: ['print(x)'], after: [''] });
    expect(found.files_searched).toBe(2);
  });

  it('finds files by their names', async () => {
    const { result } = await project();
    const names = async (args: object) =>
      (await result({ path: '.', ...args })).matches.map(({ path }: { path: string }) => path);
    expect(await names({ include: 'src/**/*.lua' })).toEqual(['src/a.lua', 'src/deep/b.lua']);
    expect(await names({ include: ['*.txt', '**/p/*'] })).toEqual([
      'node_modules/p/c.lua',
      'notes.txt',
    ]);
    expect(await names({ recursive: false })).toEqual(['image.bin', 'notes.txt']);
  });

  it('ends at its limits', async () => {
    const { result } = await project();
    expect(await result({ path: '.', pattern: 'r', max_results: 2 })).toMatchObject({
      match_count: 2,
      truncated: true,
    });
    expect(await result({ path: '.', pattern: 'r', max_bytes: 10 })).toMatchObject({
      files_searched: 1,
    });
  });

  it('is not held up by an expression or a long line', async () => {
    const { result, write, call } = await project();
    write('long.txt', `${'a'.repeat(200_000)}!`);
    const slow = await result({ path: 'long.txt', pattern: '(a+)+$', regex: true });
    expect(slow.match_count).toBe(0);
    write('longer.txt', 'a'.repeat(9_000_000));
    expect(await call({ path: 'longer.txt', pattern: '(a?){500}b', regex: true })).toMatchObject(
      failed('TOO_LARGE'),
    );
    const controller = new AbortController();
    const searching = call({ path: '.', pattern: 'zzz' }, { signal: controller.signal });
    controller.abort();
    await expect(searching).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('follows no link, and reaches nothing that is closed', async () => {
    const { result, call, folder, closed } = await project();
    symlinkSync(closed, join(folder, 'link'));
    symlinkSync(join(closed, 'secret.txt'), join(folder, 'file'));
    expect((await result({ path: '.', pattern: 'secret' })).match_count).toBe(0);
    for (const path of ['link', 'file', closed, '/', '../closed']) {
      expect(await call({ path, pattern: 'secret' })).toMatchObject(denied('file_read_roots'));
    }
    expect(await call({ path: 'none', pattern: 'x' })).toMatchObject(failed('FILE_NOT_FOUND'));
  });

  it('says what is wrong with a pattern', async () => {
    const { call } = await project();
    const path = '.';
    expect(await call({ path, pattern: '(', regex: true })).toMatchObject(
      failed('TOOL_ARGUMENTS', { path: '/pattern' }),
    );
    expect(await call({ path, pattern: '(a)\\1', regex: true })).toMatchObject(
      failed('TOOL_ARGUMENTS'),
    );
    await expect(call({ pattern: 'x' })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS',
      key: '/path',
    });
    await expect(call({ path, pattern: '' })).rejects.toMatchObject({ key: '/pattern' });
    await expect(call({ path, max_results: 0 })).rejects.toMatchObject({ key: '/max_results' });
  });
});
