/** Driver runs Lua on a VM of the engine under test, with host functions that answer at once, later, or with an error. */
import { SpellError } from '../../../runtime/base/errors.js';
import type { Value } from '../../../runtime/base/value.js';
import {
  type Chunk,
  type Engine,
  type HostArguments,
  type HostFunction,
  type Outcome,
  Results,
  type Step,
  type Vm,
  type VmOptions,
} from '../../../runtime/engine/engine.js';

export const MIB = 1024 * 1024;

export interface DriverOptions {
  readonly memoryLimitBytes?: number;
  readonly functions?: readonly HostFunction[];
  readonly preludes?: readonly Chunk[];
  readonly branchEnded?: (path: string) => void;
}

export class Driver {
  /** What the VM was made of. */
  readonly options: VmOptions;
  readonly vm: Vm;
  /** What the script passed to `note`, in order. */
  readonly notes: Value[] = [];
  /** Outcomes of the calls that wait. */
  readonly outcomes = new Map<number, Outcome>();

  constructor(engine: Engine, options: DriverOptions = {}) {
    this.options = {
      memoryLimitBytes: 64 * MIB,
      preludes: [],
      ...options,
      functions: [...this.#functions(), ...(options.functions ?? [])],
    };
    this.vm = engine.createVm(this.options);
  }

  /** Starts a chunk and stops at its first wait. */
  start(source: string | Uint8Array, name = '@script.lua', args: readonly Value[] = []): Step {
    return this.vm.start(chunk(source, name), args);
  }

  /** Answers whatever the branch waits for until it ends. */
  finish(step: Step): Step {
    let current = step;
    while (current.state === 'waiting') current = this.answer(callOf(current));
    return current;
  }

  /** Answers one call. */
  answer(call: number): Step {
    const outcome = this.outcomes.get(call);
    if (outcome === undefined) throw new Error(`no outcome for call ${call}`);
    this.outcomes.delete(call);
    return this.vm.resume(call, outcome);
  }

  run(source: string | Uint8Array, ...args: readonly Value[]): Step {
    return this.finish(this.start(source, '@script.lua', args));
  }

  /** What the chunk returns; fails when it does. */
  values(source: string | Uint8Array, ...args: readonly Value[]): readonly Value[] {
    const step = this.run(source, ...args);
    if (step.state === 'failed') throw step.error;
    return step.state === 'returned' ? step.values : [];
  }

  value(source: string | Uint8Array, ...args: readonly Value[]): Value {
    return this.values(source, ...args)[0];
  }

  /** The error that the chunk ends with. */
  error(source: string | Uint8Array, ...args: readonly Value[]): SpellError {
    const step = this.run(source, ...args);
    if (step.state !== 'failed') throw new Error(`expected a failure, got ${step.state}`);
    return step.error;
  }

  #functions(): HostFunction[] {
    return [
      { path: 'echo', waits: false, call: (args) => new Results(...all(args)) },
      { path: 'later', waits: true, call: (args) => this.#wait(args, { values: all(args) }) },
      {
        path: 'bytes',
        waits: false,
        call: (args) => args.bytes(1),
      },
      {
        path: 'note',
        waits: false,
        call: (args) => {
          this.notes.push(args.value(1));
          return undefined;
        },
      },
      {
        path: 'fail',
        waits: false,
        call: (args) => {
          throw failure(args);
        },
      },
      { path: 'fail_later', waits: true, call: (args) => this.#wait(args, failure(args)) },
    ];
  }

  #wait(args: HostArguments, result: { values: Value[] } | SpellError) {
    const waiting = args.wait();
    this.outcomes.set(
      waiting.call,
      result instanceof SpellError
        ? { ok: false, error: result }
        : { ok: true, value: new Results(...result.values) },
    );
    return waiting;
  }
}

/** The call that a branch of the host waits for itself. */
export function callOf(step: Step): number {
  const call = step.state === 'waiting' ? step.call : undefined;
  if (call === undefined) throw new Error(`the branch waits for no call: ${step.state}`);
  return call;
}

export function chunk(source: string | Uint8Array, name = '@script.lua'): Chunk {
  return { source: typeof source === 'string' ? Buffer.from(source) : source, name };
}

function all(args: HostArguments): Value[] {
  return Array.from({ length: args.count }, (_, i) => args.value(i + 1));
}

function failure(args: HostArguments): SpellError {
  return new SpellError(String(args.value(1)), String(args.value(2)), {
    hint: 'Try again.',
    details: { attempt: 3 },
  });
}
