import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileConverter } from '../../runtime/tool/builtin/file-converter.js';
import { denied, failed, localTools } from './local-tools.js';

const open = () => localTools('file-converter');

describe('file-converter', () => {
  it.each(['utf-16le', 'utf-16be', 'latin1', 'windows-1252'])(
    'converts to %s and back',
    async (encoding) => {
      const { result, write, path } = await open();
      write('a.txt', 'Grüße, 10 £');
      const there = {
        operation: 'encoding',
        path: 'a.txt',
        target_path: 'b.txt',
        to_encoding: encoding,
      };
      expect(await result(there)).toMatchObject({
        changed: true,
        from_encoding: 'utf-8',
        to_encoding: encoding,
      });
      expect(readFileSync(path('b.txt')).equals(readFileSync(path('a.txt')))).toBe(false);
      await result({ operation: 'encoding', path: 'b.txt', from_encoding: encoding });
      expect(readFileSync(path('b.txt'), 'utf8')).toBe('Grüße, 10 £');
    },
  );

  it('reads and writes byte order marks', async () => {
    const { result, write, path } = await open();
    write('a.txt', Buffer.from('\ufeffhé', 'utf16le'));
    expect(await result({ operation: 'encoding', path: 'a.txt' })).toMatchObject({
      from_encoding: 'utf-16le',
      size: 3,
    });
    await result({ operation: 'encoding', path: 'a.txt', to_encoding: 'utf-8', bom: true });
    expect([...readFileSync(path('a.txt'))]).toEqual([0xef, 0xbb, 0xbf, 0x68, 0xc3, 0xa9]);
  });

  it('knows the characters of windows-1252', async () => {
    const { result, write, path, call } = await open();
    write('a.txt', '€ “x”');
    await result({ operation: 'encoding', path: 'a.txt', to_encoding: 'windows-1252' });
    expect([...readFileSync(path('a.txt'))]).toEqual([0x80, 0x20, 0x93, 0x78, 0x94]);
    write('b.txt', 'one\ntwo €');
    expect(
      await call({ operation: 'encoding', path: 'b.txt', to_encoding: 'latin1' }),
    ).toMatchObject(failed('TOOL_FAILED', { line: 2, to_encoding: 'latin1' }));
    write('c.txt', Buffer.from([0xff, 0xfe, 0xfd]));
    expect(
      await call({ operation: 'encoding', path: 'c.txt', from_encoding: 'utf-8' }),
    ).toMatchObject(failed('TOOL_FAILED', { from_encoding: 'utf-8' }));
    expect(
      await call({ operation: 'encoding', path: 'c.txt', from_encoding: 'ascii' }),
    ).toMatchObject(failed('TOOL_FAILED'));
    expect([...readFileSync(path('c.txt'))]).toEqual([0xff, 0xfe, 0xfd]);
  });

  it('converts the ends of lines, whatever else is in the file', async () => {
    const { result, write, path } = await open();
    write('a.txt', Buffer.from('one\r\ntwo\rthree\n\xff', 'latin1'));
    expect(await result({ operation: 'line_endings', path: 'a.txt' })).toMatchObject({
      changed: true,
      line_ending: 'lf',
      lines_changed: 2,
    });
    expect(readFileSync(path('a.txt'), 'latin1')).toBe('one\ntwo\nthree\n\xff');
    await result({ operation: 'line_endings', path: 'a.txt', line_ending: 'crlf', backup: true });
    expect(readFileSync(path('a.txt'), 'latin1')).toBe('one\r\ntwo\r\nthree\r\n\xff');
    expect(readFileSync(path('a.txt.bak'), 'latin1')).toBe('one\ntwo\nthree\n\xff');
    expect(
      await result({ operation: 'line_endings', path: 'a.txt', line_ending: 'crlf' }),
    ).toMatchObject({ changed: false, lines_changed: 0 });
  });

  it('converts tabs and spaces at the beginning of lines', async () => {
    const { result, write, path } = await open();
    write('a.txt', '\tone\n  \ttwo\tx\n   three\n');
    expect(await result({ operation: 'indentation', path: 'a.txt', tab_size: 2 })).toMatchObject({
      lines_changed: 2,
    });
    expect(readFileSync(path('a.txt'), 'utf8')).toBe('  one\n    two\tx\n   three\n');
    await result({ operation: 'indentation', path: 'a.txt', tab_size: 2, indent: 'tabs' });
    expect(readFileSync(path('a.txt'), 'utf8')).toBe('\tone\n\t\ttwo\tx\n\t three\n');
  });

  it('reaches nothing that is closed', async () => {
    const { call, closed, write } = await open();
    write('a.txt');
    const secret = join(closed, 'secret.txt');
    expect(await call({ operation: 'line_endings', path: secret })).toMatchObject(
      denied('file_read_roots'),
    );
    const out = { operation: 'line_endings', path: 'a.txt', target_path: secret };
    expect(await call(out)).toMatchObject(denied('file_write_roots'));
    expect(await call({ operation: 'line_endings', path: 'none' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
    expect(await call({ operation: 'line_endings', path: 'a.txt', max_bytes: 2 })).toMatchObject(
      failed('TOO_LARGE'),
    );
    write('wide.txt', Buffer.from('\ufeffx', 'utf16le'));
    expect(await call({ operation: 'line_endings', path: 'wide.txt' })).toMatchObject(
      failed('TOOL_FAILED'),
    );
  });

  it('is unsafe only where a second time would convert again', () => {
    const effect = (args: Record<string, string>) =>
      fileConverter.effectOf?.(new Map(Object.entries(args)));
    expect(effect({ operation: 'encoding', path: 'a' })).toBe('unsafe');
    expect(effect({ operation: 'encoding', path: 'a', target_path: 'b' })).toBe('idempotent');
    expect(effect({ operation: 'line_endings', path: 'a' })).toBe('idempotent');
  });

  it.each([
    [{ operation: 'encoding' }, '/path'],
    [{ operation: 'rot13', path: 'x' }, '/operation'],
    [{ operation: 'encoding', path: 'x', to_encoding: 'ebcdic' }, '/to_encoding'],
    [{ operation: 'line_endings', path: 'x', to_encoding: 'utf-8' }, '/to_encoding'],
  ])('refuses %j', async (args, key) => {
    const { call } = await open();
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
