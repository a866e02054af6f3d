/**
 * IsolatedVm is a VM on a thread of its own, for scripts that may be hostile. Whatever Lua does, the thread of the host
 * goes on: it answers one call at a time, ends a script that gives no sign of life, and what a script makes the VM's
 * side of the border hold counts for the thread's memory, not for the host's.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { SpellError, toSpellError } from '../../base/errors.js';
import { packageFile } from '../../base/package-file.js';
import type { HostValue } from '../../base/value.js';
import {
  Abandon,
  type Chunk,
  type HostFunction,
  type Outcome,
  type RunVm,
  type Step,
  type VmImage,
  type VmOptions,
  Waiting,
} from '../engine.js';
import { SentArguments } from './sent-arguments.js';
import {
  type Order,
  type PackedAnswer,
  type PackedCall,
  packChunk,
  packError,
  packImage,
  packOutcome,
  packResult,
  packValues,
  type Report,
  type ThreadSetup,
  unpackError,
  unpackStep,
} from './wire.js';

export interface IsolationLimits {
  /** Milliseconds that Lua may go on without calling the host or waiting. */
  readonly stallMs: number;
  /** Host calls in a second; those beyond wait for the next. */
  readonly maxCallsPerSecond: number;
}

/** The module that a thread runs: always the built one, for a thread can't load TypeScript. */
const THREAD = 'dist/runtime/engine/isolated/vm-thread.js';

const MIB = 1024 * 1024;
/** What the thread may hold besides Lua's memory, in MiB: its code, and copies of what crosses the border. */
const THREAD_HEAP_MIB = 64;

type Pending = {
  readonly resolve: (report: Report) => void;
  readonly reject: (thrown: unknown) => void;
};

export class IsolatedVm implements RunVm {
  readonly #functions: readonly HostFunction[];
  readonly #branchEnded: (path: string) => void;
  readonly #thread: Worker;
  readonly #answers: MessagePort;
  readonly #bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #limits: IsolationLimits;
  #pending: Pending | undefined;
  /** What ended the VM. */
  #end: unknown;
  /** What a host function threw to end the run. */
  #abandon: Abandon | undefined;
  #stall: NodeJS.Timeout | undefined;
  /** Reports so far. */
  #heard = 0;
  #holdsOutcomes = false;
  /** When the second began in which calls are counted. */
  #second = 0;
  #callsInSecond = 0;

  private constructor(options: VmOptions, image: VmImage | undefined, limits: IsolationLimits) {
    const { functions, preludes, memoryLimitBytes, branchEnded } = options;
    const { port1, port2 } = new MessageChannel();
    this.#functions = functions;
    this.#branchEnded = branchEnded ?? (() => {});
    this.#limits = limits;
    this.#answers = port1;
    const setup: ThreadSetup = {
      memoryLimitBytes,
      functions: functions.map(({ path, aliases = [], waits, keepsTurn = false }) => ({
        path,
        aliases,
        waits,
        keepsTurn,
      })),
      preludes: preludes.map(packChunk),
      image: image && packImage(image),
      answers: port2,
      bell: this.#bell.buffer as SharedArrayBuffer,
    };
    this.#thread = new Worker(packageFile(THREAD), {
      workerData: setup,
      transferList: [port2],
      env: {},
      execArgv: [],
      stdin: false,
      resourceLimits: {
        maxOldGenerationSizeMb: THREAD_HEAP_MIB + Math.ceil(memoryLimitBytes / MIB),
      },
    });
    // A run that waits must not keep the process alive; one whose Lua works does.
    this.#thread.unref();
    this.#thread.on('message', (report: Report) => this.#hear(report));
    this.#thread.on('error', (thrown) => this.stop(threadError(thrown)));
    this.#thread.on('exit', () => this.stop(new SpellError('INTERNAL', 'the thread of Lua ended')));
  }

  /** Makes the VM on a new thread. How long that takes is not the script's fault. */
  static async create(
    options: VmOptions,
    image: VmImage | undefined,
    limits: IsolationLimits,
  ): Promise<IsolatedVm> {
    const vm = new IsolatedVm(options, image, limits);
    try {
      await vm.#order({ do: 'make' });
      return vm;
    } catch (thrown) {
      vm.dispose();
      throw thrown;
    }
  }

  get holdsOutcomes(): boolean {
    return this.#holdsOutcomes;
  }

  start(chunk: Chunk, args: readonly HostValue[]): Promise<Step> {
    return this.#step({ do: 'start', chunk: packChunk(chunk), args: packValues(args) });
  }

  resume(call: number, outcome: Outcome): Promise<Step> {
    return this.#step({ do: 'resume', call, outcome: packOutcome(outcome) });
  }

  finish(): Promise<Step> {
    return this.#step({ do: 'finish' });
  }

  async setGlobal(name: string, value: HostValue): Promise<void> {
    await this.#order({ do: 'setGlobal', name, value: packValues([value]) });
  }

  async seed(first: bigint, second: bigint): Promise<void> {
    await this.#order({ do: 'seed', first, second });
  }

  async snapshot(): Promise<VmImage> {
    const report = await this.#order({ do: 'snapshot' });
    return (report as Extract<Report, { is: 'image' }>).image;
  }

  stop(reason: SpellError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    clearTimeout(this.#stall);
    this.#answers.close();
    this.#thread.terminate();
    this.#pending?.reject(reason);
    this.#pending = undefined;
  }

  dispose(): void {
    this.stop(new SpellError('INTERNAL', 'the VM is gone'));
  }

  async #step(order: Order): Promise<Step> {
    const report = (await this.#order(order)) as Extract<Report, { is: 'step' }>;
    this.#holdsOutcomes = report.holdsOutcomes;
    return unpackStep(report.step);
  }

  #order(order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) throw this.#end;
      this.#pending = { resolve, reject };
      this.#thread.ref();
      if (order.do !== 'make') this.#watch();
      this.#thread.postMessage(order);
    });
  }

  /** From now on there has to be a sign of life in time. */
  #watch(): void {
    clearTimeout(this.#stall);
    const { stallMs } = this.#limits;
    const heard = this.#heard;
    const check = () => {
      if (this.#heard === heard) this.stop(stalled(stallMs));
    };
    // When this thread was busy itself, what the other one has said meanwhile is heard first.
    this.#stall = setTimeout(() => setImmediate(check), stallMs);
  }

  #hear(report: Report): void {
    if (this.#end !== undefined) return;
    this.#heard += 1;
    clearTimeout(this.#stall);
    if ('ended' in report) for (const path of report.ended) this.#branchEnded(path);
    if (report.is === 'call') {
      this.#admit(() => {
        this.#answer(this.#call(report));
        this.#watch();
      });
      return;
    }
    const pending = this.#pending;
    this.#pending = undefined;
    this.#thread.unref();
    if (report.is !== 'broken') pending?.resolve(report);
    else pending?.reject(report.error === undefined ? this.#abandon : unpackError(report.error));
  }

  /** Lets a call through now, or as soon as there is room for it: Lua waits. */
  #admit(call: () => void): void {
    const now = performance.now();
    if (now - this.#second >= 1000) {
      this.#second = now;
      this.#callsInSecond = 0;
    }
    this.#callsInSecond += 1;
    if (this.#callsInSecond <= this.#limits.maxCallsPerSecond) call();
    else this.#stall = setTimeout(() => this.#admit(call), this.#second + 1000 - now);
  }

  #call(call: PackedCall): PackedAnswer {
    const fn = this.#functions[call.fn] as HostFunction;
    try {
      const result = fn.call(new SentArguments(fn.path, call));
      if (result instanceof Waiting) return { is: 'waiting' };
      return { is: 'result', result: packResult(result) };
    } catch (thrown) {
      if (!(thrown instanceof Abandon))
        return { is: 'error', error: packError(toSpellError(thrown)) };
      this.#abandon = thrown;
      return { is: 'abandon' };
    }
  }

  #answer(answer: PackedAnswer): void {
    this.#answers.postMessage(answer);
    Atomics.store(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }
}

function stalled(stallMs: number): SpellError {
  return new SpellError('LIMIT_TIME', `the script gave no sign of life for ${stallMs} ms`, {
    hint: 'Raise stall_ms in [runtime.lua], or look for a loop that never ends.',
  });
}

function threadError(thrown: Error): SpellError {
  if ((thrown as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY')
    return toSpellError(thrown);
  return new SpellError(
    'LIMIT_MEMORY',
    'what the script moved to and fro did not fit into memory',
    {
      hint: 'Raise memory_limit_bytes in [runtime.lua], or hand over less at once.',
    },
  );
}
