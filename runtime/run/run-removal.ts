/**
 * Removes a run with all that belongs to it: journal, checkpoints, pages, and the contents that it refers to. The
 * record goes first, with a mark in its place, so the run disappears at one moment; a removal that was broken off is
 * finished by the next one.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import type { ContentStore } from '../content/content-store.js';
import { PageStore } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES } from '../engine/engine.js';
import { claimOf } from '../journal/journal-entry.js';
import { headKey } from '../journal/journal-writer.js';
import type { QuestionStore } from '../session/question-store.js';
import { FAMILY, key, lastText, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { checkpointListKey, decodeCheckpoint } from './checkpoint.js';
import { referencesOf } from './content-references.js';
import { type Ownership, ownerKey, takeOwnership } from './ownership.js';
import type { RunStore } from './run-store.js';
import type { Sleepers } from './sleepers.js';

export interface RemovalParts {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly sleepers: Sleepers;
  readonly questions: QuestionStore;
  readonly nextId: () => string;
}

/** Why a run stayed, or that it is gone; `absent` when somebody else has removed it. */
export type Removal = 'removed' | 'absent' | 'live' | 'shared';

/** Entries, or pages, that one transaction removes. */
const BATCH = 100;
const MARK = encodeRecord({ v: 1 });

/** Removes a run unless a process executes it (`live`) or a fork shares its journal (`shared`). */
export async function removeRun(parts: RemovalParts, id: string): Promise<Removal> {
  return (
    (await withOwnership(parts, id, async (ownership) => {
      const removal = await removeRecord(parts, id, ownership);
      if (removal === 'removed') await removeRest(parts, id, ownership);
      return removal;
    })) ?? 'live'
  );
}

/** Finishes removals whose process ended before they did. */
export async function finishRemovals(parts: RemovalParts): Promise<void> {
  const marks = await parts.backend.range(prefixRange(key(FAMILY.runGone)));
  for (const mark of marks) {
    const id = lastText(mark.key);
    await withOwnership(parts, id, (ownership) => removeRest(parts, id, ownership));
  }
}

/** Answers `undefined` when somebody else owns the run. */
async function withOwnership<T>(
  parts: RemovalParts,
  id: string,
  work: (ownership: Ownership) => Promise<T>,
): Promise<T | undefined> {
  const ownership = await ownIfFree(parts, id);
  if (ownership === undefined) return undefined;
  try {
    return await work(ownership);
  } finally {
    await ownership.release();
  }
}

async function ownIfFree({ backend, nextId }: RemovalParts, id: string) {
  try {
    return await takeOwnership(backend, id, nextId());
  } catch (thrown) {
    if (thrown instanceof SpellError && thrown.code === 'RUN_LOCKED') return undefined;
    throw thrown;
  }
}

/** A fork may need the record. */
function removeRecord(
  { backend, runs, sleepers, questions, contents }: RemovalParts,
  id: string,
  ownership: Ownership,
): Promise<Removal> {
  return transact(backend, async (tx) => {
    await ownership.guard(tx);
    if ((await runs.read(tx, id)) === undefined) return 'absent';
    const record = await runs.remove(tx, id);
    if (record === undefined) return 'shared';
    await sleepers.raise(tx, id);
    await questions.removeAll(tx, id);
    await release(tx, contents, record.scriptHash);
    tx.put(goneKey(id), MARK);
    return 'removed';
  });
}

async function removeRest(parts: RemovalParts, id: string, ownership: Ownership): Promise<void> {
  const { backend, contents } = parts;
  const hash = await loadHash();
  const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
  const pages = new PageStore(backend, hex, IMAGE_PAGE_BYTES);
  await removeAll(backend, key(FAMILY.checkpoint, id), async (keys) => {
    for (const checkpoint of keys)
      await removeCheckpoint({ backend, pages, ownership }, id, checkpoint);
  });
  await removeAll(backend, key(FAMILY.journal, id), (keys) =>
    transact(backend, async (tx) => {
      await ownership.guard(tx);
      for (const entry of keys) await removeEntry(tx, contents, entry);
    }),
  );
  await removeAll(backend, key(FAMILY.journalNote, id), (keys) =>
    transact(backend, async (tx) => {
      await ownership.guard(tx);
      for (const note of keys) tx.remove(note);
    }),
  );
  await transact(backend, async (tx) => {
    await ownership.guard(tx);
    for (const last of [headKey(id), checkpointListKey(id), goneKey(id), ownerKey(id)]) {
      tx.remove(last);
    }
  });
}

/** Hands out the keys below a prefix in batches until none is left. */
async function removeAll(
  backend: Backend,
  prefix: Key,
  remove: (keys: readonly Key[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    const entries = await backend.range({ ...prefixRange(prefix), limit: BATCH });
    if (entries.length === 0) return;
    await remove(entries.map((entry) => entry.key));
  }
}

async function removeEntry(
  transaction: Transaction,
  contents: ContentStore,
  entryKey: Key,
): Promise<void> {
  // Read within the transaction: no content may be released twice.
  const bytes = await transaction.get(entryKey);
  const claim = bytes === undefined ? undefined : claimOf(bytes);
  const references = claim === undefined ? [] : referencesOf(claim.event);
  for (const reference of references) await release(transaction, contents, reference);
  transaction.remove(entryKey);
}

async function removeCheckpoint(
  { backend, pages, ownership }: { backend: Backend; pages: PageStore; ownership: Ownership },
  id: string,
  checkpoint: Key,
): Promise<void> {
  const bytes = await backend.get(checkpoint);
  const hashes = bytes === undefined ? [] : pagesOf(bytes);
  for (let start = 0; start < hashes.length; start += BATCH) {
    await transact(backend, async (tx) => {
      await ownership.guard(tx);
      await pages.forget(tx, id, hashes.slice(start, start + BATCH));
    });
  }
  await transact(backend, async (tx) => {
    await ownership.guard(tx);
    tx.remove(checkpoint);
  });
}

/** The pages of a checkpoint; of one that can't be read, none is known. */
function pagesOf(bytes: Uint8Array): string[] {
  try {
    return [...new Set(decodeCheckpoint(bytes).pages.values())];
  } catch (thrown) {
    if (thrown instanceof SpellError) return [];
    throw thrown;
  }
}

/** A content whose own record is damaged stays for `verify` to name. */
async function release(
  transaction: Transaction,
  contents: ContentStore,
  hash: string,
): Promise<void> {
  try {
    await contents.release(transaction, hash);
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'ARTIFACT_CORRUPT') throw thrown;
  }
}

function goneKey(id: string): Key {
  return key(FAMILY.runGone, id);
}
