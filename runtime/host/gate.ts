/**
 * The gate is what every host call of a run passes, in this order: is the run still going on, is the part of the
 * runtime switched on, then the number of the call, then the answer. What is refused here has had no effect.
 */
import { SpellError } from '../base/errors.js';
import type { HostResult } from '../engine/engine.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import type { Announcement, Answers, CallRequest, Operation, RunState } from './host-call.js';

export interface GateOptions {
  readonly run: string;
  readonly state: RunState;
  readonly signal: AbortSignal;
  readonly answers: Answers;
  readonly sessionsEnabled: boolean;
  /** Opens the storage when the first call needs it. */
  readonly backend: () => Promise<Backend>;
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

export class Gate {
  #seq = 0;

  constructor(private readonly options: GateOptions) {}

  /** Number of calls that passed so far. */
  get calls(): number {
    return this.#seq;
  }

  call<Arguments>(
    operation: Operation<Arguments>,
    args: Arguments,
    branch = '0',
  ): HostResult | Promise<HostResult> {
    this.#refuseAfterEnd();
    this.#refuseSwitchedOff(operation.needs);
    if (operation.kind === 'pure') return this.#answer(operation, args, branch);
    this.#seq += 1;
    const call = this.#seq;
    this.options.observe({ type: 'call.start', call, op: operation.op });
    return this.#reportEnd(call, operation.op, () => this.#answer(operation, args, branch));
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

  #answer<Arguments>(operation: Operation<Arguments>, args: Arguments, branch: string) {
    const { run, state, signal, backend, observe, answers } = this.options;
    const context = {
      seq: this.#seq,
      run,
      branch,
      signal,
      state,
      commit: async <T>(change: (transaction: Transaction) => Promise<T>) =>
        transact(await backend(), change),
      announce: observe,
    };
    return answers.answer({ operation, args, context } as CallRequest);
  }

  #reportEnd(
    call: number,
    op: string,
    answer: () => HostResult | Promise<HostResult>,
  ): HostResult | Promise<HostResult> {
    const { observe } = this.options;
    const succeed = <T>(result: T): T => {
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
