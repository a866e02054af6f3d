/**
 * Checkpoint is where a run can be gone on with: a photograph of its VM, what the host remembers of it, and the place
 * in its journal. The photograph is a list of pages by hash; the journal is the truth, a checkpoint only a short cut.
 */
import { decodeRecord, encodeRecord, readableRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { type HostValue, toPlain, type Value } from '../base/value.js';
import type { RunState } from '../host/host-call.js';
import { NO_USAGE, type UsageTotals } from '../host/usage.js';
import { RecordReader } from '../session/record-reader.js';
import { FAMILY, key, numberComponent } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { packArguments, unpackArguments } from './packed-arguments.js';

export interface Checkpoint {
  /** The entry of the journal that tells of it. */
  readonly seq: number;
  /** Calls behind this entry were not yet answered when the photograph was taken. */
  readonly after: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Labelled checkpoints are kept; others make room for newer ones. */
  readonly label: string | null;
  /** The session that the label belongs to. */
  readonly session: string | null;
  /** Digest of the code that the photograph fits. */
  readonly build: string;
  /** Bytes of the VM's memory. */
  readonly size: number;
  /** Hash of each page that differs from a new VM's, by page number. */
  readonly pages: ReadonlyMap<number, string>;
  /** What the engine remembers outside of Lua's memory. */
  readonly host: HostValue;
  readonly state: RunState;
  /** Calls that passed the gate, and of them those of each branch. */
  readonly calls: number;
  readonly ordinals: ReadonlyMap<string, number>;
  readonly outputs: number;
  /** Entries of calls that had left and were not answered: they are read besides those behind {@link after}. */
  readonly intents: readonly number[];
  readonly pending: readonly PendingCall[];
}

/** PendingCall is a call that Lua waits for. */
export interface PendingCall {
  /** What the VM calls it. */
  readonly call: number;
  readonly op: string;
  readonly args: unknown;
  readonly seq: number;
  readonly ordinal: number;
  readonly branch: string;
  readonly where: string | undefined;
  /** When Lua began to wait, in milliseconds since the epoch. */
  readonly since: number;
}

const VERSION = 1;
const HASH_BYTES = 32;
const PAGE_ENTRY_BYTES = 4 + HASH_BYTES;

export function checkpointKey(run: string, seq: number): Key {
  return key(FAMILY.checkpoint, run, numberComponent(seq));
}

/** ListedCheckpoint is what a list of runs says of a checkpoint. */
export interface ListedCheckpoint {
  readonly seq: number;
  readonly label: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Pages of its photograph. */
  readonly pages: number;
}

/** Writes down which checkpoints a run has, oldest first, for those who list it. */
export function putCheckpointList(
  transaction: Transaction,
  run: string,
  checkpoints: readonly Checkpoint[],
): void {
  transaction.put(checkpointListKey(run), encodeCheckpointList(checkpoints));
}

export function encodeCheckpointList(checkpoints: readonly Checkpoint[]): Uint8Array {
  return encodeRecord(checkpoints.map(({ seq, label, at, pages }) => [seq, label, at, pages.size]));
}

/** A list that is damaged is empty: nothing but lists is made of it, and `verify` names it. */
export async function readCheckpointList(
  backend: Backend,
  run: string,
): Promise<readonly ListedCheckpoint[]> {
  const bytes = await backend.get(checkpointListKey(run));
  const listed = bytes === undefined ? undefined : readableRecord(bytes);
  return Array.isArray(listed) ? listed.flatMap(listedOf) : [];
}

function listedOf(item: Value): ListedCheckpoint[] {
  const [seq, label, at, pages] = Array.isArray(item) ? item : [];
  const isListed = [seq, at, pages].every((field) => typeof field === 'number');
  if (!isListed || (label !== null && typeof label !== 'string')) return [];
  return [{ seq, label, at, pages }];
}

export function checkpointListKey(run: string): Key {
  return key(FAMILY.checkpointList, run);
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { state } = checkpoint;
  return encodeRecord({
    v: VERSION,
    seq: checkpoint.seq,
    after: checkpoint.after,
    at: checkpoint.at,
    label: checkpoint.label,
    session: checkpoint.session,
    build: checkpoint.build,
    size: checkpoint.size,
    pages: packPages(checkpoint.pages),
    host: encodeRecord(checkpoint.host),
    currentSession: state.currentSession ?? null,
    branchSessions: [...state.branchSessions],
    sessions: state.sessions,
    steps: state.steps.map(({ session, label }) => [session, label]),
    usage: { ...state.usage },
    calls: checkpoint.calls,
    ordinals: new Map(checkpoint.ordinals),
    outputs: checkpoint.outputs,
    intents: checkpoint.intents,
    pending: checkpoint.pending.map((call) =>
      encodeRecord({ ...call, args: packArguments(call.args) }),
    ),
  });
}

/** What the journal says of a checkpoint: nothing that a run would go on with can be changed without showing. */
export function checkpointDigest(
  checkpoint: Checkpoint,
  hash: (bytes: Uint8Array) => string,
): string {
  return hash(encodeCheckpoint(checkpoint));
}

/** What journals said before: of the photograph alone. */
export function imageDigest(checkpoint: Checkpoint, hash: (bytes: Uint8Array) => string): string {
  const { seq, after, build, size, pages, host } = checkpoint;
  return hash(encodeRecord([seq, after, build, size, packPages(pages), encodeRecord(host)]));
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const fields = RecordReader.open('checkpoint', VERSION, bytes);
  try {
    return checkpointOf(fields);
  } catch (cause) {
    if (cause instanceof SpellError) throw cause;
    throw new SpellError('STORAGE_CORRUPT', 'a stored checkpoint is damaged', { cause });
  }
}

function checkpointOf(fields: RecordReader): Checkpoint {
  const at = fields.integer('at');
  return {
    seq: fields.integer('seq'),
    after: fields.integer('after'),
    at,
    label: fields.textOrNull('label'),
    session: fields.optionalText('session'),
    build: fields.text('build'),
    size: fields.integer('size'),
    pages: unpackPages(fields.bytes('pages')),
    host: decodeRecord(fields.bytes('host')),
    state: {
      currentSession: fields.textOrNull('currentSession') ?? undefined,
      branchSessions: new Map(
        fields
          .optionalList('branchSessions')
          .map((pair) => pair as unknown as readonly [string, string | null]),
      ),
      sessions: [...fields.texts('sessions')],
      steps: fields.optionalList('steps').map((step) => {
        const [session, label] = step as readonly [string, string];
        return { session, label };
      }),
      exitStatus: undefined,
      usage: usageOf(fields),
    },
    calls: fields.integer('calls'),
    ordinals: fields.map('ordinals') as ReadonlyMap<string, number>,
    outputs: fields.integer('outputs'),
    intents: fields.list('intents') as readonly number[],
    pending: fields.list('pending').map((item) => decodePending(item as Uint8Array, at)),
  };
}

/** Checkpoints of versions that asked no models tell of no usage. */
function usageOf(fields: RecordReader): UsageTotals {
  const stored = fields.optional('usage', (name) => toPlain(fields.map(name)), undefined);
  return (stored as UsageTotals | undefined) ?? NO_USAGE;
}

/** @param at When the photograph was taken. */
function decodePending(bytes: Uint8Array, at: number): PendingCall {
  const call = decodeRecord(bytes) as ReadonlyMap<string, Value>;
  return {
    call: call.get('call') as number,
    op: call.get('op') as string,
    args: unpackArguments(call.get('args')),
    seq: call.get('seq') as number,
    ordinal: call.get('ordinal') as number,
    branch: call.get('branch') as string,
    where: call.get('where') as string | undefined,
    since: (call.get('since') as number | undefined) ?? at,
  };
}

function packPages(pages: ReadonlyMap<number, string>): Uint8Array {
  const packed = Buffer.alloc(pages.size * PAGE_ENTRY_BYTES);
  let offset = 0;
  for (const [page, hash] of pages) {
    packed.writeUInt32LE(page, offset);
    packed.write(hash, offset + 4, 'hex');
    offset += PAGE_ENTRY_BYTES;
  }
  return packed;
}

function unpackPages(packed: Uint8Array): Map<number, string> {
  const bytes = Buffer.from(packed);
  const pages = new Map<number, string>();
  for (let offset = 0; offset < bytes.length; offset += PAGE_ENTRY_BYTES) {
    const hash = bytes.toString('hex', offset + 4, offset + PAGE_ENTRY_BYTES);
    pages.set(bytes.readUInt32LE(offset), hash);
  }
  return pages;
}
