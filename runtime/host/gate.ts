/**
 * The gate is what every host call of a run passes, in this order: is the run still going on, is the part of the
 * runtime switched on, then the number of the call, then the answer. What is refused here has had no effect.
 */
import { SpellError } from '../base/errors.js';
import type { HostResult, Outcome } from '../engine/engine.js';
import type { Announcement } from '../journal/journal-event.js';
import { addDecision } from '../tool/decision.js';
import type { BulkyReads } from './bulky-reads.js';
import {
  type Answers,
  applyPatch,
  type Call,
  type CallNotes,
  type CallRequest,
  isCounted,
  type Operation,
  type RunState,
  stateOf,
  type Turns,
} from './host-call.js';

export interface GateOptions {
  readonly run: string;
  readonly state: RunState;
  readonly signal: AbortSignal;
  readonly answers: Answers;
  readonly turns: Turns;
  readonly bulkyReads: BulkyReads;
  readonly sessionsEnabled: boolean;
  /** Resolves behind the slice of Lua that runs; `undefined` when nothing can break it off. */
  readonly sliceOver: () => Promise<void> | undefined;
  readonly observe: (event: GateEvent) => void;
}

/** GateEvent is what happened at the gate, before the run adds its own fields. */
export type GateEvent = { readonly branch: string } & (
  | { readonly type: 'call.start'; readonly call: number; readonly op: string }
  | {
      readonly type: 'call.end';
      readonly call: number;
      readonly op: string;
      readonly error?: { readonly code: string; readonly message: string };
    }
  | Announcement
);

/** PendingAnswer is the answer of a call that waits. */
export class PendingAnswer {
  /** @param conclude Makes what the call leaves behind hold; called when Lua gets the outcome. */
  constructor(
    readonly call: Call,
    readonly answer: Promise<HostResult>,
    readonly conclude: (outcome: Outcome) => void,
  ) {}
}

/** ContinuedCall is a call that passed the gate before a checkpoint and waits for its answer still. */
export interface ContinuedCall {
  readonly seq: number;
  readonly branch: string;
  readonly ordinal: number;
  readonly where: string | undefined;
  readonly args: unknown;
  readonly since: number;
}

type CallPlace = Pick<Call, 'seq' | 'branch' | 'ordinal' | 'where' | 'since'>;

export class Gate {
  #seq = 0;
  readonly #ordinals = new Map<string, number>();

  constructor(private readonly options: GateOptions) {}

  /** Number of calls that passed so far. */
  get calls(): number {
    return this.#seq;
  }

  /** Calls so far of each branch that may make more. */
  get ordinals(): ReadonlyMap<string, number> {
    return new Map(this.#ordinals);
  }

  /** Forgets a branch that has ended. */
  forget(branch: string): void {
    this.#ordinals.delete(branch);
    this.options.state.branchSessions.delete(branch);
  }

  /** Goes on counting where a checkpoint was made. */
  continueAt(calls: number, ordinals: ReadonlyMap<string, number>): void {
    this.#seq = calls;
    for (const [branch, ordinal] of ordinals) this.#ordinals.set(branch, ordinal);
  }

  /** Takes up a call that waited when a checkpoint was made. */
  continueCall(operation: Operation<unknown>, pending: ContinuedCall): PendingAnswer {
    const request = this.#request(operation, pending.args, pending);
    // It waits still, even if its answer should be there by now.
    const answer = new Promise<HostResult>((resolve) => {
      resolve(this.options.answers.answer(request));
    });
    return this.#pending(request, answer);
  }

  /** @param where The line of the script that calls, found only when a record may want it. */
  call<Arguments>(
    operation: Operation<Arguments>,
    args: Arguments,
    where: () => string | undefined,
    branch: string,
  ): HostResult | PendingAnswer {
    this.#refuseAfterEnd();
    this.#refuseSwitchedOff(operation.needs);
    const counted = isCounted(operation);
    if (counted) this.#count(branch);
    const ordinal = this.#ordinals.get(branch) ?? 0;
    const site = { seq: this.#seq, branch, ordinal, where: counted ? where() : undefined };
    const request = this.#request(operation as Operation<unknown>, args, site);
    if (counted) {
      this.options.observe({ type: 'call.start', call: site.seq, op: operation.op, branch });
    }
    try {
      const answer = this.options.answers.answer(request);
      if (answer instanceof Promise) return this.#pending(request, answer);
      if (counted) this.#succeed(request);
      return answer;
    } catch (thrown) {
      if (counted) this.#fail(request, thrown);
      throw thrown;
    }
  }

  /** Told when all branches wait and nothing is on its way to them. @throws Abandon when nothing ever will be. */
  atRest(): void {
    this.options.answers.atRest?.();
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

  #request(operation: Operation<unknown>, args: unknown, site: CallPlace): CallRequest {
    const { run, state, signal, turns, bulkyReads, sliceOver } = this.options;
    const { seq, branch, ordinal, where, since } = site;
    const notes: CallNotes = { patch: undefined, announced: [], decisions: [] };
    const call: Call = {
      seq,
      run,
      branch,
      ordinal,
      where,
      since,
      signal,
      state: stateOf(state, branch),
      remember: (patch) => {
        notes.patch = { ...notes.patch, ...patch };
      },
      announce: (event) => {
        notes.announced.push(event);
      },
      suspectDoubleBilling: () => {
        notes.possiblyBilledTwice = true;
      },
      decided: (decision) => {
        notes.decisions = addDecision(notes.decisions, decision);
      },
    };
    return {
      operation,
      args,
      call,
      notes,
      turns,
      bulkyReads,
      sliceOver: operation.waits ? sliceOver() : undefined,
    };
  }

  #pending(request: CallRequest, answer: Promise<HostResult>): PendingAnswer {
    return new PendingAnswer(request.call, answer, (outcome) => {
      const { heldBytes } = request.notes;
      if (heldBytes !== undefined) request.bulkyReads.taken(heldBytes);
      if (!isCounted(request.operation)) return;
      if (outcome.ok) this.#succeed(request);
      else this.#fail(request, outcome.error);
    });
  }

  #succeed({ operation: { op }, call: { seq, branch }, notes }: CallRequest): void {
    const { observe, state } = this.options;
    applyPatch(state, notes.patch, branch);
    for (const event of notes.announced) observe({ ...event, branch });
    observe({ type: 'call.end', call: seq, op, branch });
  }

  #fail({ operation: { op }, call: { seq, branch } }: CallRequest, thrown: unknown): void {
    this.options.observe({ type: 'call.end', call: seq, op, branch, error: describe(thrown) });
  }
}

function describe(thrown: unknown): { code: string; message: string } {
  if (thrown instanceof SpellError) return { code: thrown.code, message: thrown.message };
  return { code: 'INTERNAL', message: thrown instanceof Error ? thrown.message : String(thrown) };
}
