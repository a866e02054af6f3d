/** Strings cross the border byte for byte. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver, MIB } from './driver.js';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

export function textContract(engine: Engine): void {
  test('every byte arrives in Lua and comes back', () => {
    const driver = new Driver(engine);
    const [size, sum, back] = driver.values(
      `local s = ...
      local sum = 0
      for i = 1, #s do sum = sum * 31 + s:byte(i) & 0xffff end
      return #s, sum, s`,
      EVERY_BYTE,
    );
    const expected = EVERY_BYTE.reduce((sum, byte) => (sum * 31 + byte) & 0xffff, 0);
    expect([size, sum]).toEqual([256, expected]);
    expect(back).toEqual(EVERY_BYTE);
  });

  test('a string that Lua makes of every byte reaches a host function', () => {
    const driver = new Driver(engine);
    const source = `local parts = {}
      for i = 0, 255 do parts[#parts + 1] = string.char(i) end
      return bytes(table.concat(parts))`;
    expect(driver.value(source)).toEqual(EVERY_BYTE);
  });

  test.each([
    ['nothing', ''],
    ['NUL', '\0'],
    ['NUL in the middle', 'a\0b'],
    ['ASCII', 'plain'],
    ['a long ASCII text', 'x'.repeat(100_000)],
    ['the replacement character itself', 'a\ufffdb'],
    ['a long text with the replacement character', `${'é'.repeat(20_000)}\ufffd`],
    ['emoji', '👩‍👩‍👧 🎉'],
    ['every length of UTF-8', '$¢€𐍈'],
    ['a byte order mark', '\ufeffx'],
  ])('%s stays text', (_, text) => {
    const driver = new Driver(engine);
    expect(driver.value('return echo(...)', text)).toBe(text);
    expect(driver.value('return #...', text)).toBe(Buffer.byteLength(text));
  });

  test.each([
    ['a lone continuation byte', '\\x80'],
    ['a cut sequence', 'abc\\xe2\\x82'],
    ['an overlong form', '\\xc0\\xaf'],
    ['a surrogate', '\\xed\\xa0\\x80'],
    ['a byte that no text has', 'text\\xff'],
    ['a replacement character and an invalid byte', '\\xef\\xbf\\xbd\\xff'],
  ])('%s is bytes, not text', (_, escaped) => {
    const driver = new Driver(engine);
    const value = driver.value(`return '${escaped}'`);
    expect(value).toBeInstanceOf(Uint8Array);
    expect(driver.value(`return '${escaped}' == ...`, value)).toBe(true);
  });

  test('a lone surrogate of JavaScript becomes the replacement character', () => {
    expect(new Driver(engine).value('return ...', 'a\ud800b')).toBe('a\ufffdb');
  });

  test('a megabyte of random bytes crosses unchanged, both ways', () => {
    const driver = new Driver(engine);
    const random = new Uint8Array(randomBytes(MIB));
    const back = driver.value('return (later(echo(...)))', random) as Uint8Array;
    expect(Buffer.compare(back, random)).toBe(0);
  });

  test('any bytes come back as they were', () => {
    const driver = new Driver(engine);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const back = driver.value('return bytes(echo(...))', bytes) as Uint8Array;
        expect(Buffer.from(back)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('any text comes back as it was', () => {
    const driver = new Driver(engine);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(driver.value('return echo(...)', text)).toBe(text);
      }),
    );
  });

  test('short texts that differ in one byte are told apart', () => {
    const driver = new Driver(engine);
    const words = Array.from({ length: 5000 }, (_, i) => `w${(i * 7919) % 5003}`);
    expect(driver.value('return echo(...)', words)).toEqual(words);
  });
}
