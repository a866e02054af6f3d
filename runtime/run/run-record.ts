/** RunRecord is what is kept of a run besides its journal: enough to list it, and to start it again. */
import { encodeRecord } from '../base/encoding.js';
import { toPlain, type Value, type ValueMap } from '../base/value.js';
import { NO_USAGE, type UsageTotals } from '../host/usage.js';
import { RecordReader } from '../session/record-reader.js';
import { isRunPhase, type RunPhase } from './run-status.js';

export interface RunRecord {
  readonly id: string;
  /** What the script was called. */
  readonly script: string;
  /** Its name for messages: `@report.lua`. */
  readonly chunkName: string;
  /** Content address of its text. */
  readonly scriptHash: string;
  /** The folder that `require` starts from. */
  readonly folder: string;
  readonly args: readonly string[];
  /** Who started it, such as `anna@example.com`; `null` when nobody was named. */
  readonly actor: string | null;
  readonly status: RunPhase;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly sessions: readonly string[];
  /** The run and the entry that this one was forked from. */
  readonly parentRun: string | null;
  readonly parentSeq: number | null;
  /** The fork's id for each id of the original that its script may hold. */
  readonly ids: ReadonlyMap<string, string>;
  /** An answer that the fork was made to replace: the encoded result of the call at entry `seq`. */
  readonly override: { readonly seq: number; readonly value: Uint8Array } | null;
  /** 0, and one more than its parent's for a fork: part of every idempotency key. */
  readonly generation: number;
  /** Two integers as decimal text. */
  readonly seed: readonly string[];
  /** Digest of the engine, preludes and functions that it ran on. */
  readonly build: string;
  /** The session that it started with as its current one. */
  readonly currentSession: string | null;
  readonly memoryLimitBytes: number;
  /** Global variables that the embedder had set. */
  readonly variables: ValueMap;
  readonly calls: number;
  /** What models took by then. */
  readonly usage: UsageTotals;
  /** What the script returned. */
  readonly values: readonly Value[];
  readonly exitStatus: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** NewRun is what is known of a run before its script was read. */
export type NewRun = Pick<
  RunRecord,
  | 'id'
  | 'script'
  | 'args'
  | 'actor'
  | 'parentRun'
  | 'parentSeq'
  | 'ids'
  | 'override'
  | 'generation'
  | 'seed'
  | 'currentSession'
  | 'memoryLimitBytes'
  | 'variables'
>;

const VERSION = 1;

export function encodeRun(record: RunRecord): Uint8Array {
  const { ids, override, usage, ...fields } = record;
  return encodeRecord({
    v: VERSION,
    ...fields,
    usage: { ...usage },
    ids: new Map(ids),
    overrideSeq: override?.seq ?? null,
    overrideValue: override?.value ?? null,
  });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeRun(bytes: Uint8Array): RunRecord {
  const fields = RecordReader.open('run', VERSION, bytes);
  return {
    id: fields.text('id'),
    script: fields.text('script'),
    chunkName: fields.text('chunkName'),
    scriptHash: fields.text('scriptHash'),
    folder: fields.text('folder'),
    args: fields.texts('args'),
    actor: fields.optionalText('actor'),
    status: fields.oneOf('status', isRunPhase),
    startedAt: fields.integer('startedAt'),
    endedAt: fields.integerOrNull('endedAt'),
    sessions: fields.texts('sessions'),
    parentRun: fields.textOrNull('parentRun'),
    parentSeq: fields.integerOrNull('parentSeq'),
    ids: fields.map('ids') as ReadonlyMap<string, string>,
    override: overrideOf(fields),
    generation: fields.integer('generation'),
    seed: fields.texts('seed'),
    build: fields.text('build'),
    currentSession: fields.textOrNull('currentSession'),
    memoryLimitBytes: fields.integer('memoryLimitBytes'),
    variables: fields.map('variables'),
    calls: fields.integer('calls'),
    usage: usageOf(fields),
    values: fields.list('values'),
    exitStatus: fields.integer('exitStatus'),
    errorCode: fields.textOrNull('errorCode'),
    errorMessage: fields.textOrNull('errorMessage'),
  };
}

/** Runs of versions that asked no models have none. */
function usageOf(fields: RecordReader): UsageTotals {
  const stored = fields.optional('usage', (name) => toPlain(fields.map(name)), undefined);
  return (stored as UsageTotals | undefined) ?? NO_USAGE;
}

function overrideOf(fields: RecordReader): RunRecord['override'] {
  const seq = fields.integerOrNull('overrideSeq');
  return seq === null ? null : { seq, value: fields.bytes('overrideValue') };
}
