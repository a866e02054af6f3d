/** SessionFork forks the run behind a session for a script, and waits for what becomes of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { uuidFrom } from './base/ids.js';
import { utf8Text } from './base/utf8.js';
import type { Value } from './base/value.js';
import type { KeptRun } from './kept-run.js';
import type { RunOutcome } from './run/run-outcome.js';
import type { RunRecord } from './run/run-record.js';
import { isFinished, type RunPhase } from './run/run-status.js';
import type { RunStore } from './run/run-store.js';
import type { Script } from './run/script.js';
import { noRunOf, ownRun, type SessionRuns } from './session-runs.js';

export interface SessionForkOptions {
  /** The checkpoint or entry that both share last; the end when absent. */
  readonly at: number | string | undefined;
  /** Another answer to the call at entry `seq`, which then is the last shared one. */
  readonly set: { readonly seq: number; readonly value: Value } | undefined;
  /** Another script: it starts anew and is answered from the shared history. */
  readonly script: (() => Promise<Script>) | undefined;
  /** False only makes the fork: somebody else is to go on with it. */
  readonly run: boolean;
  readonly timeoutMs: number | undefined;
}

/** The call that forks. */
export interface ForkCaller {
  readonly run: string;
  readonly signal: AbortSignal;
  /** The same for every attempt at the call: the fork that the first one made is gone on with by the next. */
  readonly key: string;
}

export interface SessionForkReport {
  readonly run: string;
  /** The fork's own session in place of the one that was asked for; `null` when it has none. */
  readonly session: string | null;
  readonly parent: { readonly run: string; readonly seq: number };
  readonly status: RunPhase;
  readonly sessions: readonly string[];
  /** What the script returned. */
  readonly values: readonly Value[];
  /** Names of artifacts that the fork lacks, since their content was deleted after its place. */
  readonly lost: readonly string[];
  /** What the fork wrote to standard output while it was waited for. */
  readonly output: string | Uint8Array;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Runs that can be forked and gone on with. */
export interface ForkedRuns {
  fork(
    id: string,
    options: {
      readonly id: string;
      readonly at?: number | string;
      readonly set?: { readonly seq: number; readonly value: Value };
      readonly script?: () => Promise<Script>;
      readonly actor?: string;
    },
  ): Promise<KeptRun & { readonly lost: readonly string[] }>;
  resume(
    id: string,
    options: {
      readonly signal: AbortSignal;
      readonly timeoutMs?: number;
      readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
    },
  ): { readonly outcome: Promise<RunOutcome> };
}

export class SessionFork {
  constructor(
    private readonly stores: () => Promise<{ readonly runs: RunStore }>,
    private readonly behind: SessionRuns,
    private readonly runs: ForkedRuns,
  ) {}

  /**
   * @throws SpellError `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` when nothing was recorded, `RUN_STATE` when the run that
   * asks made the session, `BAD_ARGUMENT` for a place that there is not, `REPLAY_DIVERGED` when another script does not
   * make the calls of the shared part, `LIMIT_SESSIONS`
   */
  async fork(
    id: string,
    options: SessionForkOptions,
    caller: ForkCaller,
  ): Promise<SessionForkReport> {
    const session = await this.behind.require(id);
    if (session.run === caller.run) throw ownRun(id, caller.run);
    const original = await this.behind.runOf(session, caller.run);
    if (original === undefined) throw noRunOf(id);
    const fork = await this.#made(id, original, options, caller);
    const hasEnded = !options.run || isFinished(fork.status);
    const went = hasEnded ? NOTHING : await this.#goOn(fork.id, options, caller);
    const { runs } = await this.stores();
    const record = await runs.get(fork.id);
    if (record === undefined) throw noRunOf(id);
    const { errorCode: code, errorMessage: message } = record;
    return {
      run: fork.id,
      session: ownSession(id, original, record),
      parent: { run: original.id, seq: record.parentSeq ?? 0 },
      status: record.status,
      sessions: record.sessions,
      values: record.values,
      lost: fork.lost,
      output: utf8Text(went.output) ?? went.output,
      error: went.error ?? (code === null ? null : { code, message: message ?? '' }),
    };
  }

  async #goOn(
    fork: string,
    { timeoutMs }: SessionForkOptions,
    { signal }: ForkCaller,
  ): Promise<Pick<SessionForkReport, 'error'> & { readonly output: Uint8Array }> {
    const output: Uint8Array[] = [];
    for (;;) {
      const { error } = await this.runs.resume(fork, {
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        onOutput: (stream, bytes) => {
          if (stream === 'stdout') output.push(bytes);
        },
      }).outcome;
      // Made again when its run is resumed, the call goes on with the fork.
      if (signal.aborted) throw signal.reason;
      // Somebody else goes on with it: its end is what was asked for, whoever brings it about.
      if (error?.code === 'RUN_LOCKED') await delay(LOOK_MS, undefined, { signal });
      else if (error === undefined || error.code === 'RUN_STATE') {
        return { output: Buffer.concat(output), error: null };
      } else {
        const { code, message } = error;
        return { output: Buffer.concat(output), error: { code, message } };
      }
    }
  }

  /** The fork that this call makes, or that an earlier attempt at it has made. */
  async #made(
    session: string,
    original: RunRecord,
    { at, set, script }: SessionForkOptions,
    caller: ForkCaller,
  ): Promise<Pick<RunRecord, 'id' | 'status'> & { readonly lost: readonly string[] }> {
    const { runs } = await this.stores();
    const id = uuidFrom(caller.key);
    const made = await runs.get(id);
    if (made !== undefined) return { ...made, lost: [] };
    const actor = (await runs.get(caller.run))?.actor ?? undefined;
    return this.runs.fork(original.id, {
      id,
      ...(at === undefined ? {} : { at: await this.behind.pointOf(session, at) }),
      ...(set === undefined ? {} : { set }),
      ...(script === undefined ? {} : { script }),
      ...(actor === undefined ? {} : { actor }),
    });
  }
}

/** How often one looks whether somebody else has brought a fork to its end. */
const LOOK_MS = 50;

const NOTHING = { output: new Uint8Array(), error: null };

/** A session that was not there yet at the fork's place is the one that the fork made in its turn. */
function ownSession(id: string, original: RunRecord, fork: RunRecord): string | null {
  const copy = fork.ids.get(id) ?? fork.sessions[original.sessions.indexOf(id)];
  return copy ?? (fork.currentSession === id ? id : null);
}
