/**
 * A fork is a new run that shares another one's history up to an entry and goes its own way from there, with its own
 * copies of the sessions as they were then. The original never changes.
 */
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import { PageStore } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES } from '../engine/engine.js';
import { NO_USAGE } from '../host/usage.js';
import { noteOf } from '../journal/journal-notes.js';
import { transact } from '../storage/transaction.js';
import {
  type Checkpoint,
  checkpointKey,
  encodeCheckpoint,
  putCheckpointList,
} from './checkpoint.js';
import { readCheckpoints } from './checkpoint-reader.js';
import { readHistory } from './history.js';
import type { KeeperParts } from './journal-keeper.js';
import type { RunRecord } from './run-record.js';
import type { Script } from './script.js';
import { type CopyStores, copyRecords, recordsAt } from './session-copies.js';

export interface ForkPlan {
  readonly original: RunRecord;
  /** The id of the new run. */
  readonly id: string;
  /** Who makes the fork. */
  readonly actor: string | null;
  /** The last entry that both share. */
  readonly seq: number;
  /** Another script: it starts anew and is answered from the shared history. */
  readonly script: Script | undefined;
  /** Takes the place of the answer at `seq`: an encoded result. */
  readonly override: Uint8Array | undefined;
}

export interface Fork {
  readonly record: RunRecord;
  /** Names of artifacts that the fork lacks, since their content was deleted after the fork's point. */
  readonly lost: readonly string[];
}

/** Writes the new run with its copies. It is not started: resuming it does that. */
export async function createFork(
  parts: KeeperParts,
  stores: CopyStores,
  plan: ForkPlan,
): Promise<Fork> {
  const { backend, runs, clock, contents } = parts;
  const { original, id, actor, seq, script, override } = plan;
  const hash = await loadHash();
  const { entries } = await readHistory({ backend, runs, hash }, original, seq);
  const past = recordsAt(entries, seq, original.ids);
  const created = entries.flatMap(({ event }) => noteOf(event)?.session ?? []);
  const checkpoint = script === undefined ? await sharedCheckpoint(parts, plan) : undefined;
  const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
  const pages = new PageStore(backend, hex, IMAGE_PAGE_BYTES);
  const content = script === undefined ? undefined : await contents.prepare(script.chunk.source);
  return transact(backend, async (tx) => {
    if ((await runs.read(tx, id)) !== undefined) throw runExists(id);
    const { ids, lost } = await copyRecords(tx, past, id, stores);
    // The script of a fork's fork holds the ids of the first original; those of the fork are in what that one wrote.
    const names = new Map([...ids, ...composed(original.ids, ids)]);
    const record: RunRecord = {
      ...original,
      id,
      actor,
      status: 'interrupted',
      startedAt: clock.now(),
      endedAt: null,
      sessions: created.flatMap((session) => names.get(session) ?? []),
      currentSession: ids.get(original.currentSession ?? '') ?? original.currentSession,
      parentRun: original.id,
      parentSeq: seq,
      generation: original.generation + 1,
      ids: names,
      override: override === undefined ? null : { seq, value: override },
      calls: 0,
      usage: NO_USAGE,
      values: [],
      exitStatus: 0,
      errorCode: null,
      errorMessage: null,
      ...(script === undefined || content === undefined
        ? {}
        : {
            script: script.name,
            chunkName: script.chunk.name,
            folder: script.folder,
            scriptHash: content.hash,
          }),
    };
    if (content === undefined) await contents.retain(tx, original.scriptHash);
    else await contents.reference(tx, content);
    // The original may still be going on, and make room for newer photographs: then the fork starts without one.
    if (
      checkpoint !== undefined &&
      (await pages.share(tx, id, new Set(checkpoint.pages.values())))
    ) {
      tx.put(checkpointKey(id, checkpoint.seq), encodeCheckpoint(checkpoint));
      putCheckpointList(tx, id, [checkpoint]);
    }
    await runs.write(tx, record);
    return { record, lost };
  });
}

/** What the script holds of the first original leads to the fork's copy of the second. */
function composed(
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
): Map<string, string> {
  return new Map([...first].map(([id, copy]) => [id, second.get(copy) ?? copy]));
}

/** The newest photograph of the shared part. */
async function sharedCheckpoint(
  { backend }: KeeperParts,
  { original, seq, override }: ForkPlan,
): Promise<Checkpoint | undefined> {
  const checkpoints = await readCheckpoints(backend, original.id);
  // A photograph that knows the old answer is of no use for another one.
  const last = override === undefined ? seq : seq - 1;
  return checkpoints.filter((checkpoint) => checkpoint.seq <= last).at(-1);
}

function runExists(id: string): SpellError {
  return new SpellError('RUN_EXISTS', `run ${id} is here already`, {
    hint: 'Give the fork another id, or none.',
    details: { run: id },
  });
}
