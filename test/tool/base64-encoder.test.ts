import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

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

  it('understands former names of its input', async () => {
    for (const name of ['text', 'content', 'data']) {
      const args = { operation: 'encode', [name]: 'a' };
      expect(await call(args)).toMatchObject({ output: 'YQ==' });
    }
  });

  it.each<[object, string]>([
    [{ operation: 'encode' }, '/input'],
    [{ input: 'a' }, '/operation'],
    [{ operation: 'encode', input: 5 }, '/input'],
    [{ operation: 'encode', input: 'a', variant: 'mime' }, '/variant'],
    [{ operation: 'encode', input: 'a', text: 'b' }, '/text'],
    [{ operation: 'encode', input: 'a'.repeat(10_000_001) }, '/input'],
  ])('refuses %.80j', async (args, key) => {
    const refused = callBuiltin('base64-encoder', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
