/** Verify reads every stored content and names those that are not what was stored. */
import { SpellError } from '../base/errors.js';
import { FAMILY, keyAfter, lastText, prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import type { ContentStore } from './content-store.js';

/** Contents whose records are read at once. */
const PAGE_LENGTH = 100;

export interface ContentProblem {
  readonly hash: string;
  /** What is wrong, as a sentence. */
  readonly problem: string;
}

export interface VerifySummary {
  /** Contents that were looked at, the bad ones included. */
  readonly contents: number;
  /** Bytes of the good ones. */
  readonly bytes: number;
}

export interface VerifyOptions {
  readonly backend: Backend;
  readonly store: ContentStore;
}

/** Yields the problems and returns what was looked at; other processes may write meanwhile. */
export async function* verifyContents(
  options: VerifyOptions,
): AsyncGenerator<ContentProblem, VerifySummary> {
  let contents = 0;
  let bytes = 0;
  for await (const hash of storedHashes(options.backend)) {
    try {
      for await (const chunk of options.store.stream(hash)) bytes += chunk.length;
    } catch (error) {
      const problem = problemOf(error);
      if (await isGone(options, hash)) continue;
      yield { hash, problem };
    }
    contents += 1;
  }
  return { contents, bytes };
}

/** The hashes of all contents, in pages, so that no read stays open while they are used. */
export async function* storedHashes(backend: Backend): AsyncGenerator<string> {
  const { start, end } = prefixRange(FAMILY.blob);
  for (let next = start; ; ) {
    const page = await backend.range({ start: next, end, limit: PAGE_LENGTH });
    for (const { key } of page) yield lastText(key);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_LENGTH) return;
    next = keyAfter(last.key);
  }
}

function problemOf(error: unknown): string {
  const isDamage =
    error instanceof SpellError &&
    (error.code === 'ARTIFACT_CORRUPT' || error.code === 'STORAGE_CORRUPT');
  if (!isDamage) throw error;
  return error.message;
}

/** True when the content was removed while it was being read. */
async function isGone({ store }: VerifyOptions, hash: string): Promise<boolean> {
  try {
    return (await store.info(hash)) === undefined;
  } catch {
    return false;
  }
}
