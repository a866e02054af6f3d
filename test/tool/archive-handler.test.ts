import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { unzipSync, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { archiveHandler } from '../../runtime/tool/builtin/archive-handler.js';
import { denied, failed, type LocalTools, localTools } from './local-tools.js';

const LONG = `${'long-folder-name/'.repeat(10)}file.txt`;

async function project(): Promise<LocalTools> {
  const tools = await localTools('archive-handler');
  tools.write('in/a.txt', 'hello');
  tools.write(`in/${LONG}`, randomBytes(2000));
  mkdirSync(tools.path('in/empty'));
  tools.write('b.txt', 'bytes');
  return tools;
}

const text = (value: string) => new TextEncoder().encode(value);
const zipped = (files: Zippable) => zipSync(files);

/** A tar archive with one header after the other, as somebody might make it by hand. */
function tarWith(name: string, flag: string, content = ''): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(flag, 156);
  header.write('/etc/passwd', 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}

/** A zip archive of one stored file, with all of its numbers in the records of zip64. */
function wideZip(name: string, content: string): Buffer {
  const wide = 0xffffffff;
  const number = (...values: readonly number[]) => {
    const bytes = Buffer.alloc(values.length * 8);
    for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
    return bytes;
  };
  const small = (...values: readonly [number, number][]) =>
    Buffer.concat(
      values.map(([value, size]) => {
        const bytes = Buffer.alloc(size);
        bytes.writeUIntLE(value, 0, size);
        return bytes;
      }),
    );
  const facts = small(
    [45, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [33, 2],
    [crc32(content), 4],
    [wide, 4],
    [wide, 4],
  );
  const local = Buffer.concat([
    small([0x04034b50, 4]),
    facts,
    small([name.length, 2], [0, 2]),
    Buffer.from(name + content),
  ]);
  const extra = Buffer.concat([small([1, 2], [24, 2]), number(content.length, content.length, 0)]);
  const directory = Buffer.concat([
    small([0x02014b50, 4], [45, 2]),
    facts,
    small([name.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [wide, 4]),
    Buffer.from(name),
    extra,
  ]);
  const end = Buffer.concat([
    small([0x06064b50, 4]),
    number(44),
    small([45, 2], [45, 2], [0, 4], [0, 4]),
    number(1, 1, directory.length, local.length),
  ]);
  const locator = Buffer.concat([
    small([0x07064b50, 4], [0, 4]),
    number(local.length + directory.length),
    small([1, 4]),
  ]);
  const last = small(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [0xffff, 2],
    [0xffff, 2],
    [wide, 4],
    [wide, 4],
    [0, 2],
  );
  return Buffer.concat([local, directory, end, locator, last]);
}

describe('archive-handler', () => {
  it.each(['zip', 'tar', 'tar.gz', 'tgz'])('packs, lists and unpacks .%s', async (ending) => {
    const { result, path } = await project();
    const archive = `out.${ending}`;
    const made = await result({ operation: 'create', path: archive, input: ['in', 'b.txt'] });
    expect(made).toMatchObject({ archive_path: archive, archived_files: 3, total_size: 2010 });
    const listed = await result({ operation: 'list', path: archive });
    expect(listed).toMatchObject({ file_count: 3, total_size: 2010 });
    const names = listed.files.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['in', 'in/a.txt', 'in/empty', `in/${LONG}`, 'b.txt']),
    );
    const taken = await result({ operation: 'extract', path: archive, target_path: 'out' });
    expect(taken).toMatchObject({ output_dir: 'out', extracted_files: 3, total_size: 2010 });
    for (const name of ['in/a.txt', `in/${LONG}`, 'b.txt']) {
      expect(readFileSync(path(`out/${name}`)).equals(readFileSync(path(name)))).toBe(true);
    }
    expect(readdirSync(path('out/in/empty'))).toEqual([]);
  });

  it('writes what others read, and reads what others write', async () => {
    const { result, path, folder } = await project();
    await result({ operation: 'create', path: 'a.tar.gz', input: 'in' });
    const listed = execFileSync('tar', ['-tzf', 'a.tar.gz'], { cwd: folder, encoding: 'utf8' });
    expect(listed).toContain(`in/${LONG}\n`);
    for (const format of ['gnu', 'pax', 'ustar']) {
      execFileSync('tar', [`--format=${format}`, '-cf', `${format}.tar`, 'in'], { cwd: folder });
      await result({ operation: 'extract', path: `${format}.tar`, target_path: format });
      expect(readFileSync(path(`${format}/in/${LONG}`))).toEqual(readFileSync(path(`in/${LONG}`)));
    }
    await result({ operation: 'create', path: 'a.zip', input: 'in' });
    expect(unzipSync(readFileSync(path('a.zip')))['in/a.txt']).toEqual(text('hello'));
    writeFileSync(path('stored.zip'), zipped({ 'x.txt': [text('x'), { level: 0 }] }));
    await result({ operation: 'extract', path: 'stored.zip', target_path: 'stored' });
    expect(readFileSync(path('stored/x.txt'), 'utf8')).toBe('x');
  });

  it.each(['zip', 'tar', 'tar.gz'])('keeps in %s which files can be run', async (ending) => {
    const { result, path, write, folder } = await localTools('archive-handler');
    write('in/run.sh', '#!/bin/sh\necho ran\n');
    chmodSync(path('in/run.sh'), 0o4770);
    write('in/read.txt');
    await result({ operation: 'create', path: `a.${ending}`, input: 'in' });
    await result({ operation: 'extract', path: `a.${ending}`, target_path: 'out' });
    expect(statSync(path('out/in/run.sh')).mode & 0o7777).toBe(0o755);
    expect(statSync(path('out/in/read.txt')).mode & 0o111).toBe(0);
    expect(execFileSync(path('out/in/run.sh'), { encoding: 'utf8' })).toBe('ran\n');
    if (ending === 'zip') return;
    const listed = execFileSync('tar', ['-tvf', `a.${ending}`], { cwd: folder, encoding: 'utf8' });
    expect(listed).toMatch(/^-rwxr-xr-x .*in\/run\.sh$/m);
  });

  it('reads archives whose numbers are those of zip64', async () => {
    const { result, call, write, path } = await localTools('archive-handler');
    write('wide.zip', wideZip('a.txt', 'hello'));
    expect(await result({ operation: 'list', path: 'wide.zip' })).toMatchObject({
      files: [{ name: 'a.txt', size: 5 }],
    });
    await result({ operation: 'extract', path: 'wide.zip', target_path: 'out' });
    expect(readFileSync(path('out/a.txt'), 'utf8')).toBe('hello');
    const whole = wideZip('a.txt', 'hello');
    for (const [at, value] of [
      [whole.length - 34, 2n ** 60n],
      [whole.length - 34, 2n ** 40n],
      [whole.length - 50, 2n ** 50n],
    ] as const) {
      const damaged = Buffer.from(whole);
      damaged.writeBigUInt64LE(value, at);
      write('damaged.zip', damaged);
      expect(await call({ operation: 'list', path: 'damaged.zip' })).toMatchObject(
        failed('TOOL_FAILED'),
      );
    }
  });

  it('packs and unpacks one file with gz', async () => {
    const { result, call, path } = await project();
    await result({ operation: 'create', path: 'b.txt.gz', input: 'b.txt' });
    expect(gunzipSync(readFileSync(path('b.txt.gz'))).toString()).toBe('bytes');
    expect(await result({ operation: 'list', path: 'b.txt.gz' })).toMatchObject({
      files: [{ name: 'b.txt', size: 5 }],
    });
    await result({ operation: 'extract', path: 'b.txt.gz', target_path: 'out' });
    expect(readFileSync(path('out/b.txt'), 'utf8')).toBe('bytes');
    expect(await call({ operation: 'create', path: 'x.gz', input: 'in' })).toMatchObject(
      failed('TOOL_ARGUMENTS', { path: '/input' }),
    );
  });

  it('replaces files only when it is told to, and then nothing else', async () => {
    const { result, call, path, write } = await project();
    const create = { operation: 'create', path: 'a.zip', input: 'b.txt' };
    await result(create);
    expect(await call(create)).toMatchObject(failed('FILE_FAILED', { errno: 'EEXIST' }));
    await result({ ...create, overwrite: true });
    write('out/b.txt', 'mine');
    const extract = { operation: 'extract', path: 'a.zip', target_path: 'out' };
    expect(await call(extract)).toMatchObject(failed('FILE_FAILED', { entry: 'b.txt' }));
    expect(readFileSync(path('out/b.txt'), 'utf8')).toBe('mine');
    await result({ ...extract, overwrite: true });
    expect(readFileSync(path('out/b.txt'), 'utf8')).toBe('bytes');
  });
});

describe('an archive that leads out of its folder', () => {
  it.each(['../x', 'a/../../x', '/etc/x', 'C:\\x', 'a\\..\\..\\x', '..', 'ok/../../closed/x'])(
    'is refused for %s, and nothing is unpacked',
    async (name) => {
      const { call, path, closed } = await project();
      writeFileSync(path('evil.zip'), zipped({ 'first.txt': text('x'), [name]: text('evil') }));
      writeFileSync(path('evil.tar'), tarWith(name, '0', 'evil'));
      writeFileSync(path('evil.tar.gz'), gzipSync(tarWith(name, '0', 'evil')));
      for (const ending of ['zip', 'tar', 'tar.gz']) {
        const extract = { operation: 'extract', path: `evil.${ending}`, target_path: 'out/deep' };
        mkdirSync(path('out'), { recursive: true });
        expect(await call(extract)).toMatchObject(denied('archive_entry'));
        expect(await call({ operation: 'list', path: `evil.${ending}` })).toMatchObject(
          denied('archive_entry'),
        );
      }
      expect(existsSync(path('out/deep/first.txt'))).toBe(false);
      expect(readdirSync(closed)).toEqual(['secret.txt']);
    },
  );

  it.each(['1', '2', '3', '4', '6'])(
    'is refused for entries of tar that are no files (%s)',
    async (flag) => {
      const { call, path } = await project();
      writeFileSync(path('evil.tar'), tarWith('link', flag));
      expect(
        await call({ operation: 'extract', path: 'evil.tar', target_path: 'out' }),
      ).toMatchObject(denied('archive_entry'));
      expect(existsSync(path('out'))).toBe(false);
    },
  );

  it('is refused for links of zip', async () => {
    const { call, path } = await project();
    const attrs = (0o120777 << 16) >>> 0;
    writeFileSync(path('evil.zip'), zipped({ link: [text('/etc'), { os: 3, attrs }] }));
    expect(
      await call({ operation: 'extract', path: 'evil.zip', target_path: 'out' }),
    ).toMatchObject(denied('archive_entry'));
  });

  it('goes through no link that is there already', async () => {
    const { call, path, closed, result } = await project();
    writeFileSync(path('a.zip'), zipped({ 'link/x.txt': text('x'), 'file.txt': text('y') }));
    mkdirSync(path('out'));
    symlinkSync(closed, path('out/link'));
    symlinkSync(join(closed, 'secret.txt'), path('out/file.txt'));
    const extract = { operation: 'extract', path: 'a.zip', target_path: 'out', overwrite: true };
    expect(await call(extract)).toMatchObject({ success: false });
    expect(readdirSync(closed)).toEqual(['secret.txt']);
    writeFileSync(path('b.zip'), zipped({ 'file.txt': text('y') }));
    await result({ ...extract, path: 'b.zip' });
    expect(readFileSync(path('out/file.txt'), 'utf8')).toBe('y');
    expect(readFileSync(join(closed, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('packs no link, and writes no configuration', async () => {
    const { result, call, path, closed } = await project();
    symlinkSync(closed, path('in/link'));
    await result({ operation: 'create', path: 'a.tar', input: 'in' });
    const { files } = await result({ operation: 'list', path: 'a.tar' });
    expect(files.map(({ name }: { name: string }) => name)).not.toContain('in/link');
    writeFileSync(path('evil.zip'), zipped({ 'llmspell.toml': text('x') }));
    expect(
      await call({ operation: 'extract', path: 'evil.zip', target_path: 'out' }),
    ).toMatchObject(denied('own_configuration'));
  });
});

describe('a bomb', () => {
  it('is stopped before it is unpacked', async () => {
    const { call, path, write } = await project();
    writeFileSync(path('zeros.zip'), zipped({ zeros: new Uint8Array(20_000_000) }));
    write('zeros.gz', gzipSync(Buffer.alloc(20_000_000)));
    write('zeros.tar.gz', gzipSync(Buffer.alloc(20_000_000)));
    for (const name of ['zeros.zip', 'zeros.gz', 'zeros.tar.gz']) {
      const list = { operation: 'list', path: name };
      expect(await call(list), name).toMatchObject(failed('TOO_LARGE', { max_ratio: 200 }));
      expect(await call({ ...list, max_bytes: 1_000_000 })).toMatchObject(
        failed('TOO_LARGE', { max_bytes: 1_000_000 }),
      );
      expect(
        await call({ ...list, path: name, operation: 'extract', target_path: 'out' }),
      ).toMatchObject(failed('TOO_LARGE'));
    }
    expect(existsSync(path('out'))).toBe(false);
    const allowed = { operation: 'list', path: 'zeros.zip', max_ratio: 2000 };
    expect(await call(allowed)).toMatchObject({ result: { total_size: 20_000_000 } });
  });

  it('of many files is stopped too, and one that lies about its size', async () => {
    const { call, path } = await project();
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.txt`, text('x')]));
    writeFileSync(path('many.zip'), zipped(many));
    expect(await call({ operation: 'list', path: 'many.zip', max_files: 19 })).toMatchObject(
      failed('TOO_LARGE', { max_files: 19 }),
    );
    expect(
      await call({ operation: 'create', path: 'x.zip', input: 'in', max_files: 2 }),
    ).toMatchObject(failed('TOO_LARGE'));
    expect(
      await call({ operation: 'create', path: 'x.zip', input: 'in', max_bytes: 100 }),
    ).toMatchObject(failed('TOO_LARGE'));
    const lie = Buffer.from(zipped({ zeros: new Uint8Array(100_000) }));
    lie.writeUInt32LE(10, lie.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    writeFileSync(path('lie.zip'), lie);
    expect(
      await call({ operation: 'extract', path: 'lie.zip', target_path: 'lies' }),
    ).toMatchObject(failed('TOOL_FAILED'));
    expect(readdirSync(path('lies'))).toEqual([]);
  });
});

describe('a damaged archive', () => {
  it('is reported', async () => {
    const { call, path, write } = await project();
    const whole = Buffer.from(zipped({ 'a.txt': [text('content of a file'), { level: 0 }] }));
    whole.write('X', whole.indexOf('content'));
    write('crc.zip', whole);
    expect(await call({ operation: 'extract', path: 'crc.zip', target_path: 'out' })).toMatchObject(
      failed('TOOL_FAILED'),
    );
    expect(existsSync(path('out/a.txt'))).toBe(false);
    const tar = tarWith('a.txt', '0', 'content');
    write('cut.tar', tar.subarray(0, 600));
    tar.write('b', 0);
    write('sum.tar', tar);
    write('cut.tar.gz', gzipSync(tar).subarray(0, 60));
    write('cut.zip', whole.subarray(0, 50));
    write('empty.zip', '');
    write('noise.tar', randomBytes(5000));
    write('noise.zip', randomBytes(5000));
    for (const name of [
      'cut.tar',
      'sum.tar',
      'cut.tar.gz',
      'cut.zip',
      'empty.zip',
      'noise.tar',
      'noise.zip',
    ]) {
      expect(await call({ operation: 'list', path: name }), name).toMatchObject(
        failed('TOOL_FAILED'),
      );
    }
  });

  it('is no crash, however it is damaged', async () => {
    const { call, write } = await project();
    const sound = [
      ['zip', Buffer.from(zipped({ 'a.txt': text('hello'), 'b/c.txt': text('x'.repeat(500)) }))],
      ['tar', tarWith('a.txt', '0', 'content')],
    ] as const;
    for (const [ending, bytes] of sound) {
      for (let at = 0; at < bytes.length; at += 3) {
        const broken = Buffer.from(bytes);
        broken[at] = (broken[at] as number) ^ 0xff;
        write(`broken.${ending}`, broken);
        const { success, ...rest } = await call({ operation: 'list', path: `broken.${ending}` });
        const code = success ? 'ok' : (rest as { error: { code: string } }).error.code;
        expect(['ok', 'TOOL_FAILED', 'POLICY_DENIED', 'TOO_LARGE']).toContain(code);
      }
    }
  });
});

describe('what is closed', () => {
  it('is neither read nor written', async () => {
    const { call, closed, result } = await project();
    const secret = join(closed, 'secret.txt');
    expect(await call({ operation: 'create', path: 'a.zip', input: secret })).toMatchObject(
      denied('file_read_roots'),
    );
    expect(
      await call({ operation: 'create', path: join(closed, 'a.zip'), input: 'b.txt' }),
    ).toMatchObject(denied('file_write_roots'));
    await result({ operation: 'create', path: 'a.zip', input: 'b.txt' });
    expect(await call({ operation: 'extract', path: 'a.zip', target_path: closed })).toMatchObject(
      denied('file_write_roots'),
    );
    expect(await call({ operation: 'list', path: join(closed, 'a.zip') })).toMatchObject(
      denied('file_read_roots'),
    );
  });

  it.each([
    [{ operation: 'list' }, '/path'],
    [{ operation: 'extract', path: 'a.zip' }, '/target_path'],
    [{ operation: 'create', path: 'a.zip' }, '/input'],
    [{ operation: 'create', path: 'a.zip', input: [] }, '/input'],
    [{ operation: 'list', path: 'a.zip', format: 'rar' }, '/format'],
  ])('%j is refused', async (args, key) => {
    const { call } = await project();
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });

  it('a format is needed where no name tells it', async () => {
    const { call } = await project();
    expect(await call({ operation: 'list', path: 'b.txt' })).toMatchObject(
      failed('TOOL_ARGUMENTS', { path: '/format' }),
    );
    expect(await call({ operation: 'list', path: 'none.zip' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
    expect(archiveHandler.effectOf?.(new Map([['operation', 'list']]))).toBe('pure');
    expect(archiveHandler.effectOf?.(new Map([['operation', 'extract']]))).toBe('unsafe');
  });
});
