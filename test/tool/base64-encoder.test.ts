import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';
import { denied, failed, localTools } from './local-tools.js';

const call = (args: object) => resultOf('base64-encoder', args);

describe('base64-encoder', () => {
  it('encodes text and bytes in both alphabets', async () => {
    expect(await call({ operation: 'encode', input: 'hé?' })).toEqual({
      output: 'aMOpPw==',
      variant: 'standard',
    });
    const input = Buffer.from([0xfb, 0xff, 0xfe]);
    expect(await call({ operation: 'encode', input })).toMatchObject({ output: '+//+' });
    expect(await call({ operation: 'encode', input, variant: 'url-safe' })).toEqual({
      output: '-__-',
      variant: 'url-safe',
    });
  });

  it('gives back every byte', async () => {
    for (const length of [0, 1, 2, 3, 1000]) {
      const input = randomBytes(length);
      for (const variant of ['standard', 'url-safe']) {
        const { output } = (await call({ operation: 'encode', input, variant })) as {
          output: string;
        };
        const decoded = (await call({ operation: 'decode', input: output })) as {
          output: string | Uint8Array;
        };
        expect(Buffer.from(decoded.output as string).equals(input)).toBe(true);
      }
    }
  });

  it('decodes text as text, with and without padding, over several lines', async () => {
    for (const input of ['w6k=', 'w6k', ' w6\r\nk=\n']) {
      expect(await call({ operation: 'decode', input })).toMatchObject({ output: 'é' });
    }
    expect(await call({ operation: 'decode', input: '_w' })).toMatchObject({
      output: Uint8Array.of(255),
    });
  });

  it.each([
    ['aGk*', /there is "\*" at position 4/],
    ['aG=k', /there is "=" at position 3/],
    ['aGkhx', /its length of 5 letters/],
    ['aGk==', /its length of 5 letters/],
    ['é', /at position 1/],
  ])('says what is wrong with %s', async (input, message) => {
    const error = await errorOf('base64-encoder', { operation: 'decode', input });
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: expect.stringMatching(message) });
  });

  it('reads and writes files that are open', async () => {
    const {
      write,
      result,
      call: send,
      closed,
      folder,
      runtime,
    } = await localTools('base64-encoder');
    const bytes = randomBytes(1000);
    write('a.bin', bytes);
    const encoded = { operation: 'encode', input_file: 'a.bin', output_file: 'a.txt' };
    expect(await result(encoded)).toEqual({
      output_file: 'a.txt',
      size: 1336,
      variant: 'standard',
    });
    expect(readFileSync(join(folder, 'a.txt'), 'latin1')).toBe(bytes.toString('base64'));
    expect(await result({ operation: 'encode', input_file: 'a.bin' })).toEqual({
      output: bytes.toString('base64'),
      variant: 'standard',
    });
    await result({ operation: 'decode', input_file: 'a.txt', output_file: 'b.bin' });
    expect(readFileSync(join(folder, 'b.bin'))).toEqual(bytes);
    expect(await send({ operation: 'encode', input_file: `${closed}/secret.txt` })).toMatchObject(
      denied('file_read_roots'),
    );
    const out = { operation: 'encode', input: 'x', output_file: `${closed}/new.txt` };
    expect(await send(out)).toMatchObject(denied('file_write_roots'));
    expect(await send({ operation: 'decode', input_file: 'none' })).toMatchObject(
      failed('FILE_NOT_FOUND'),
    );
    const tool = runtime.tools.get('base64-encoder');
    expect([tool.effectOf?.(new Map([['output_file', 'a']])), tool.effectOf?.(new Map())]).toEqual([
      'idempotent',
      'pure',
    ]);
  });

  it('encodes bytes that are written as digits', async () => {
    const args = { operation: 'encode', binary_input: true };
    expect(await call({ ...args, input: 'fbfFfe' })).toMatchObject({ output: '+//+' });
    expect(await errorOf('base64-encoder', { ...args, input: 'abc' })).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      details: { path: '/input' },
    });
  });

  it('understands former names of its input', async () => {
    for (const name of ['text', 'content', 'data']) {
      const args = { operation: 'encode', [name]: 'a' };
      expect(await call(args)).toMatchObject({ output: 'YQ==' });
    }
  });

  it.each<[object, string]>([
    [{ operation: 'encode' }, '/input'],
    [{ input: 'a' }, '/operation'],
    [{ operation: 'encode', input: 'a', input_file: 'b' }, '/input'],
    [{ operation: 'encode', input: 5 }, '/input'],
    [{ operation: 'encode', input: 'a', variant: 'mime' }, '/variant'],
    [{ operation: 'encode', input: 'a', text: 'b' }, '/text'],
    [{ operation: 'encode', input: 'a'.repeat(10_000_001) }, '/input'],
  ])('refuses %.80j', async (args, key) => {
    const refused = callBuiltin('base64-encoder', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
