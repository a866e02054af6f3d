/** RunFunction is a function of a run as its VM calls it; what is behind it is looked up when it is first called. */
import type { HostArguments, HostFunction, HostResult, Waiting } from '../engine/engine.js';
import { type Gate, PendingAnswer } from '../host/gate.js';
import type { Operation } from '../host/host-call.js';
import type { GlobalFunction } from './globals.js';
import { keepsTurn } from './waiting-calls.js';

export interface RunFunctionParts {
  readonly gate: Gate;
  /** The operation as the run may use it. */
  readonly guard: (operation: Operation<unknown>) => Operation<unknown>;
  /** Hears of calls that Lua waits for. */
  readonly awaiting: (
    call: number,
    operation: Operation<unknown>,
    args: unknown,
    answer: PendingAnswer,
  ) => void;
}

export class RunFunction implements HostFunction {
  readonly path: string;
  readonly aliases: readonly string[];
  #operation: Operation<unknown> | undefined;

  constructor(
    private readonly fn: GlobalFunction,
    private readonly parts: RunFunctionParts,
  ) {
    this.path = fn.path;
    this.aliases = fn.aliases ?? [];
  }

  get operation(): Operation<unknown> {
    this.#operation ??= this.parts.guard(this.fn.operation);
    return this.#operation;
  }

  get waits(): boolean {
    return this.operation.waits;
  }

  get keepsTurn(): boolean {
    return keepsTurn(this.operation);
  }

  call(args: HostArguments): HostResult | Waiting {
    const { operation } = this;
    const parsed = this.fn.parse(args);
    const answer = this.parts.gate.call(operation, parsed, () => args.where(), args.branch);
    if (!(answer instanceof PendingAnswer)) return answer;
    const waiting = args.wait();
    this.parts.awaiting(waiting.call, operation, parsed, answer);
    return waiting;
  }
}
