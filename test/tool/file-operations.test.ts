import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileOperations } from '../../runtime/tool/builtin/file-operations.js';
import { denied, failed, localTools } from './local-tools.js';

const open = (settings?: object) => localTools('file-operations', { ...settings });

describe('file-operations', () => {
  it('reads text and bytes', async () => {
    const { result, write } = await open();
    write('a.txt', 'grüße');
    write('b.bin', Buffer.from([0xff, 0]));
    expect(await result({ operation: 'read', path: 'a.txt' })).toEqual({
      path: 'a.txt',
      content: 'grüße',
      size: 7,
    });
    const { content } = await result({ operation: 'read', path: 'b.bin' });
    expect([...content]).toEqual([0xff, 0]);
  });

  it('writes as a whole and appends', async () => {
    const { result, path, folder } = await open();
    expect(await result({ operation: 'write', path: 'a.txt', input: 'one' })).toEqual({
      path: 'a.txt',
      bytes_written: 3,
    });
    await result({ operation: 'write', path: 'a.txt', content: 'two' });
    await result({ operation: 'append', path: 'a.txt', input: ', three' });
    await result({ operation: 'append', path: 'new.txt', input: 'new' });
    expect(readFileSync(path('a.txt'), 'utf8')).toBe('two, three');
    expect(readFileSync(path('new.txt'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.txt', 'new.txt']);
  });

  it('makes, lists and deletes folders', async () => {
    const { result, call, write, folder } = await open();
    expect(await result({ operation: 'create_dir', path: 'one' })).toEqual({
      path: 'one',
      created: true,
    });
    expect(await result({ operation: 'create_dir', path: 'one' })).toEqual({
      path: 'one',
      created: false,
    });
    expect(await call({ operation: 'create_dir', path: 'x/y/z' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
    await result({ operation: 'create_dir', path: 'x/y/z', recursive: true });
    write('x/y/a.txt', '12');
    symlinkSync('/etc', join(folder, 'x/link'));
    const flat = await result({ operation: 'list_dir', path: 'x' });
    expect(
      flat.entries.map(({ path, type }: { path: string; type: string }) => [path, type]),
    ).toEqual([
      ['link', 'link'],
      ['y', 'folder'],
    ]);
    const deep = await result({ operation: 'list_dir', path: 'x', recursive: true });
    expect(deep.entries.map(({ path }: { path: string }) => path)).toEqual([
      'link',
      'y',
      'y/a.txt',
      'y/z',
    ]);
    expect(deep.entries[2]).toMatchObject({ name: 'a.txt', type: 'file', size: 2 });
    expect(deep).toMatchObject({ count: 4, truncated: false });
    expect(await call({ operation: 'delete', path: 'x' })).toMatchObject(failed('FILE_FAILED'));
    expect(await result({ operation: 'delete', path: 'one' })).toEqual({ path: 'one', deleted: 1 });
    expect(await result({ operation: 'delete', path: 'x', recursive: true })).toEqual({
      path: 'x',
      deleted: 5,
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync('/etc/hostname') || existsSync('/etc/hosts')).toBe(true);
  });

  it('deletes a link and not what it leads to', async () => {
    const { result, write, folder, closed } = await open();
    write('kept.txt');
    symlinkSync('kept.txt', join(folder, 'link'));
    symlinkSync(closed, join(folder, 'out'));
    await result({ operation: 'delete', path: 'link' });
    await result({ operation: 'delete', path: 'out', recursive: true });
    expect(readdirSync(folder)).toEqual(['kept.txt']);
    expect(readdirSync(closed)).toEqual(['secret.txt']);
  });

  it('copies files and folders', async () => {
    const { result, call, write, path, folder } = await open();
    write('from/a.sh', 'a');
    write('from/deep/b.txt', 'bb');
    symlinkSync('a.sh', join(folder, 'from/link'));
    statSync(path('from/a.sh'));
    expect(await result({ operation: 'copy', source: 'from/a.sh', target: 'a.sh' })).toMatchObject({
      files: 1,
      bytes: 1,
    });
    expect(
      await call({ operation: 'copy', source_path: 'from/a.sh', target_path: 'a.sh' }),
    ).toMatchObject(failed('FILE_FAILED', { errno: 'EEXIST' }));
    await result({
      operation: 'copy',
      source_path: 'from/deep/b.txt',
      target_path: 'a.sh',
      overwrite: true,
    });
    expect(readFileSync(path('a.sh'), 'utf8')).toBe('bb');
    expect(await call({ operation: 'copy', source_path: 'from', target_path: 'to' })).toMatchObject(
      failed('FILE_FAILED'),
    );
    expect(
      await result({ operation: 'copy', source_path: 'from', target_path: 'to', recursive: true }),
    ).toMatchObject({ files: 2, bytes: 3, skipped: 1 });
    expect(readFileSync(path('to/deep/b.txt'), 'utf8')).toBe('bb');
    expect(
      await call({
        operation: 'copy',
        source_path: 'from',
        target_path: 'from/deep/self',
        recursive: true,
      }),
    ).toMatchObject(failed('FILE_FAILED'));
    expect(
      await call({
        operation: 'copy',
        source_path: 'from',
        target_path: 'small',
        recursive: true,
        max_bytes: 2,
      }),
    ).toMatchObject(failed('TOO_LARGE', { max_bytes: 2 }));
  });

  it('moves files and folders', async () => {
    const { result, call, write, path } = await open();
    write('a.txt', 'a');
    write('b.txt', 'b');
    mkdirSync(path('box'));
    await result({ operation: 'move', source_path: 'a.txt', target_path: 'box/a.txt' });
    expect(readFileSync(path('box/a.txt'), 'utf8')).toBe('a');
    expect(
      await call({ operation: 'move', source_path: 'b.txt', target_path: 'box/a.txt' }),
    ).toMatchObject(failed('FILE_FAILED', { errno: 'EEXIST' }));
    await result({
      operation: 'move',
      source_path: 'b.txt',
      target_path: 'box/a.txt',
      overwrite: true,
    });
    await result({ operation: 'move', source_path: 'box', target_path: 'crate' });
    expect(readFileSync(path('crate/a.txt'), 'utf8')).toBe('b');
    expect(await call({ operation: 'move', source_path: 'none', target_path: 'x' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
  });

  it('tells of files', async () => {
    const { result, call, write } = await open();
    write('a.txt', 'abc');
    expect(await result({ operation: 'metadata', path: 'a.txt' })).toMatchObject({
      type: 'file',
      size: 3,
      modified: expect.any(Number),
      mode: expect.stringMatching(/^0[0-7]{3}$/),
      readonly: false,
    });
    expect(await result({ operation: 'exists', path: 'a.txt' })).toEqual({
      path: 'a.txt',
      exists: true,
      type: 'file',
    });
    expect(await result({ operation: 'exists', path: 'deep/none' })).toEqual({
      path: 'deep/none',
      exists: false,
    });
    expect(await call({ operation: 'metadata', path: 'none' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
    expect(await call({ operation: 'read', path: 'none' })).toMatchObject({
      operation: 'read',
      ...failed('FILE_NOT_FOUND'),
    });
    expect(await call({ operation: 'read', path: '.' })).toMatchObject(
      failed('FILE_FAILED', { errno: 'EISDIR' }),
    );
    expect(await call({ operation: 'read', path: 'a.txt', max_bytes: 2 })).toMatchObject(
      failed('TOO_LARGE', { max_bytes: 2 }),
    );
  });

  it('reaches nothing that is closed, and says how to open it', async () => {
    const { call, folder, closed, write } = await open();
    write('a.txt');
    symlinkSync(closed, join(folder, 'link'));
    const outside = [
      join(closed, 'secret.txt'),
      '../closed/secret.txt',
      'link/secret.txt',
      '/etc/passwd',
    ];
    for (const path of outside) {
      for (const operation of ['read', 'list_dir', 'metadata', 'exists']) {
        expect(await call({ operation, path }), path).toMatchObject(denied('file_read_roots'));
      }
      for (const operation of ['write', 'append', 'create_dir', 'delete']) {
        const input = operation === 'write' || operation === 'append' ? { input: 'x' } : {};
        expect(await call({ operation, path, ...input }), path).toMatchObject(
          denied('file_write_roots'),
        );
      }
      for (const operation of ['copy', 'move']) {
        expect(await call({ operation, source_path: path, target_path: 'x' })).toMatchObject(
          failed('POLICY_DENIED'),
        );
        expect(await call({ operation, source_path: 'a.txt', target_path: path })).toMatchObject(
          denied('file_write_roots'),
        );
      }
    }
    expect(await call({ operation: 'delete', path: '.', recursive: true })).toMatchObject(
      denied('file_write_roots'),
    );
    expect(await call({ operation: 'read', path: join(closed, 'secret.txt') })).toMatchObject({
      error: { hint: expect.stringContaining(`file_read_roots = ["${folder}","${closed}"]`) },
    });
    expect(await call({ operation: 'write', path: 'llmspell.toml', input: '' })).toMatchObject(
      denied('own_configuration'),
    );
    expect(await call({ operation: 'read', path: 'a\0' })).toMatchObject(failed('BAD_ARGUMENT'));
    expect(readFileSync(join(closed, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('is held to the table of the tool, in the spelling of rs-llmspell too', async () => {
    const { call, write } = await open({ 'tools.file_operations.max_file_size': 3 });
    write('a.txt', '1234');
    expect(await call({ operation: 'read', path: 'a.txt', max_bytes: 100 })).toMatchObject(
      failed('TOO_LARGE', { max_bytes: 3 }),
    );
    expect(await call({ operation: 'write', path: 'a.txt', input: '1234' })).toMatchObject(
      failed('TOO_LARGE'),
    );
  });

  it('works with the keys of rs-llmspell', async () => {
    const { runtime, folder } = await localTools('file-operations', {
      'runtime.security.file_read_roots': [],
      'runtime.security.file_write_roots': [],
    });
    await runtime.close();
    writeFileSync(
      join(folder, 'config.toml'),
      `[runtime.security]\nallow_file_access = true\n[tools.file_operations]\nallowed_paths = ["${folder}"]`,
    );
    const { Runtime } = await import('../../bindings/node/index.js');
    await using legacy = await Runtime.open({
      configPath: join(folder, 'config.toml'),
      cwd: folder,
    });
    const write = { operation: 'write', path: 'a.txt', input: 'x' };
    expect(await legacy.tools.execute('file-operations', write)).toMatchObject({ success: true });
    const read = { operation: 'read', path: '/etc/passwd' };
    expect(await legacy.tools.execute('file-operations', read)).toMatchObject(
      denied('file_read_roots'),
    );
  });

  it.each([
    ['read', 'pure'],
    ['exists', 'pure'],
    ['write', 'idempotent'],
    ['append', 'unsafe'],
    ['delete', 'unsafe'],
    ['move', 'unsafe'],
  ])('%s is %s', (operation, effect) => {
    expect(fileOperations.effectOf?.(new Map([['operation', operation]]))).toBe(effect);
  });

  it.each([
    [{}, '/operation'],
    [{ operation: 'chmod', path: 'x' }, '/operation'],
    [{ operation: 'read' }, '/path'],
    [{ operation: 'write', path: 'x' }, '/input'],
    [{ operation: 'copy', source_path: 'x' }, '/target_path'],
    [{ operation: 'read', path: 'x', max_bytes: 0 }, '/max_bytes'],
    [{ operation: 'read', path: 'x', follow: true }, '/follow'],
  ])('refuses %j', async (args, key) => {
    const { call } = await open();
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
