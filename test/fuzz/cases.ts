/**
 * How many cases the fuzz tests try: a few thousand, or as many as `LLMSPELL_FUZZ_CASES` says (`npm run fuzz` asks for a
 * million). A seed is printed with each test; `LLMSPELL_FUZZ_SEED` uses it again.
 */
import fc from 'fast-check';
import { test } from 'vitest';

const ALL_CASES = Number(process.env.LLMSPELL_FUZZ_CASES ?? 6000);
const SEED = Number(process.env.LLMSPELL_FUZZ_SEED ?? Date.now() % 2 ** 31);
const LONG_MS = 6 * 60 * 60 * 1000;

/** @param share The part of all cases that a property gets, out of 100. */
export function fuzz<T>(name: string, share: number, property: fc.IRawProperty<T>): void {
  const numRuns = Math.max(20, Math.round((ALL_CASES * share) / 100));
  test(`${name} (${numRuns} cases, seed ${SEED})`, { timeout: LONG_MS }, async () => {
    await fc.assert(property as fc.IAsyncProperty<T>, { seed: SEED, numRuns });
  });
}

/** Bytes that were right before some of them were changed, cut or repeated. */
export function damaged(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(Math.max(0, sound.length - 1));
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: place, byte: fc.nat(64) }),
    fc.record({ kind: fc.constant('end' as const), at: place, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, byte: fc.nat(64) }),
    fc.record({ kind: fc.constant('insert' as const), at: place, byte: fc.nat(255) }),
  );
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let bytes = Buffer.from(sound);
    for (const { kind, at, byte } of changes) {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      if (kind === 'set') bytes = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
      if (kind === 'cut') bytes = Buffer.concat([before, after.subarray(byte)]);
      if (kind === 'end') bytes = Buffer.from(before);
      if (kind === 'repeat') bytes = Buffer.concat([before, after.subarray(0, byte), after]);
      if (kind === 'insert') bytes = Buffer.concat([before, Buffer.from([byte]), after]);
    }
    return new Uint8Array(bytes);
  });
}
