import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { uuidSource } from '../../runtime/base/ids.js';

const clock = { now: () => 1_795_000_000_123, monotonic: () => 0, cpuSeconds: () => 0 };
const ones = { bytes: (length: number) => new Uint8Array(length).fill(0xff) };
const zeros = { bytes: (length: number) => new Uint8Array(length) };

test('ids are UUIDs of version 7 that begin with the time', () => {
  for (const random of [ones, zeros]) {
    const id = uuidSource(clock, random).next();
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(clock.now());
  }
});

test('ids of one millisecond sort in the order of their making, and so does a clock that goes back', () => {
  let now = clock.now();
  const source = uuidSource({ ...clock, now: () => now }, ones);
  const ids = Array.from({ length: 300 }, () => source.next());
  now -= 5000;
  ids.push(source.next());
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
