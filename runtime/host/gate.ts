/**
 * The gate is what every host call of a run passes, in this order: is the run still going on, is the part of the
 * runtime switched on, then the number of the call, then the answer. What is refused here has had no effect.
 */
import { SpellError } from '../base/errors.js';
import type { HostResult } from '../engine/engine.js';
import type { Announcement } from '../journal/journal-event.js';
import {
  type Answers,
  applyPatch,
  type Call,
  type CallNotes,
  type Operation,
  type RunState,
} from './host-call.js';

export interface GateOptions {
  readonly run: string;
  readonly state: RunState;
  readonly signal: AbortSignal;
  readonly answers: Answers;
  readonly sessionsEnabled: boolean;
  readonly observe: (event: GateEvent) => void;
}

/** GateEvent is what happened at the gate, before the run adds its own fields. */
export type GateEvent =
  | { readonly type: 'call.start'; readonly call: number; readonly op: string }
  | {
      readonly type: 'call.end';
      readonly call: number;
      readonly op: string;
      readonly error?: { readonly code: string; readonly message: string };
    }
  | Announcement;

/** ContinuedCall is a call that passed the gate before a checkpoint and waits for its answer still. */
export interface ContinuedCall {
  readonly seq: number;
  readonly branch: string;
  readonly ordinal: number;
  readonly where: string | undefined;
  readonly args: unknown;
}

export class Gate {
  #seq = 0;
  readonly #ordinals = new Map<string, number>();

  constructor(private readonly options: GateOptions) {}

  /** Number of calls that passed so far. */
  get calls(): number {
    return this.#seq;
  }

  /** Calls of each branch so far. */
  get ordinals(): ReadonlyMap<string, number> {
    return new Map(this.#ordinals);
  }

  ordinalOf(branch: string): number {
    return this.#ordinals.get(branch) ?? 0;
  }

  /** Goes on counting where a checkpoint was made. */
  continueAt(calls: number, ordinals: ReadonlyMap<string, number>): void {
    this.#seq = calls;
    for (const [branch, ordinal] of ordinals) this.#ordinals.set(branch, ordinal);
  }

  /** Takes up a call that waited when a checkpoint was made. */
  async continueCall(operation: Operation<unknown>, pending: ContinuedCall): Promise<HostResult> {
    const notes: CallNotes = { patch: undefined, announced: [] };
    const call = this.#describeCall(pending, notes);
    const answer = () =>
      this.options.answers.answer({ operation, args: pending.args, call, notes });
    return this.#reportEnd(pending.seq, operation.op, notes, answer);
  }

  /** @param where The line of the script that calls, found only when a record may want it. */
  call<Arguments>(
    operation: Operation<Arguments>,
    args: Arguments,
    where: () => string | undefined,
    branch = '0',
  ): HostResult | Promise<HostResult> {
    this.#refuseAfterEnd();
    this.#refuseSwitchedOff(operation.needs);
    const isCounted = operation.kind !== 'pure' && operation.kind !== 'output';
    if (isCounted) this.#count(branch);
    const notes: CallNotes = { patch: undefined, announced: [] };
    const ordinal = this.#ordinals.get(branch) ?? 0;
    const site = { seq: this.#seq, branch, ordinal, where: isCounted ? where() : undefined };
    const call = this.#describeCall(site, notes);
    const answer = () =>
      this.options.answers.answer({ operation, args, call, notes } as Parameters<
        Answers['answer']
      >[0]);
    if (!isCounted) return answer();
    this.options.observe({ type: 'call.start', call: call.seq, op: operation.op });
    return this.#reportEnd(call.seq, operation.op, notes, answer);
  }

  #refuseAfterEnd(): void {
    if (this.options.signal.aborted) throw new SpellError('ABORTED', 'the run has ended');
  }

  #refuseSwitchedOff(part: 'sessions' | undefined): void {
    if (part !== 'sessions' || this.options.sessionsEnabled) return;
    throw new SpellError('SESSIONS_DISABLED', 'sessions are switched off', {
      hint: 'Set enabled = true in [runtime.sessions].',
      key: 'runtime.sessions.enabled',
    });
  }

  #count(branch: string): void {
    this.#seq += 1;
    this.#ordinals.set(branch, (this.#ordinals.get(branch) ?? 0) + 1);
  }

  #describeCall(site: Omit<ContinuedCall, 'args'>, notes: CallNotes): Call {
    const { run, state, signal } = this.options;
    const { seq, branch, ordinal, where } = site;
    return {
      seq,
      run,
      branch,
      ordinal,
      where,
      signal,
      state,
      remember: (patch) => {
        notes.patch = { ...notes.patch, ...patch };
      },
      announce: (event) => {
        notes.announced.push(event);
      },
    };
  }

  #reportEnd(
    call: number,
    op: string,
    notes: CallNotes,
    answer: () => HostResult | Promise<HostResult>,
  ): HostResult | Promise<HostResult> {
    const { observe, state } = this.options;
    const succeed = <T>(result: T): T => {
      applyPatch(state, notes.patch);
      for (const event of notes.announced) observe(event);
      observe({ type: 'call.end', call, op });
      return result;
    };
    const fail = (thrown: unknown): never => {
      observe({ type: 'call.end', call, op, error: describe(thrown) });
      throw thrown;
    };
    try {
      const result = answer();
      return result instanceof Promise ? result.then(succeed, fail) : succeed(result);
    } catch (thrown) {
      return fail(thrown);
    }
  }
}

function describe(thrown: unknown): { code: string; message: string } {
  if (thrown instanceof SpellError) return { code: thrown.code, message: thrown.message };
  return { code: 'INTERNAL', message: thrown instanceof Error ? thrown.message : String(thrown) };
}
