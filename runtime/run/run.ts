/**
 * Run is one execution of a script: it makes the VM, delivers outcomes turn by turn, keeps the limits, and tells its
 * story as events.
 */
import type { Clock } from '../base/clock.js';
import { SpellError, toSpellError } from '../base/errors.js';
import { type PlainValue, toPlain, type Value } from '../base/value.js';
import type { Engine, HostFunction, Step, Vm } from '../engine/engine.js';
import { Interrupter, timeLimitError } from '../engine/interrupt.js';
import { Gate } from '../host/gate.js';
import type { Answers, RunState } from '../host/host-call.js';
import type { Backend } from '../storage/storage.js';
import { EventStream } from './event-stream.js';
import type { GlobalFunction, GlobalsFactory } from './globals.js';
import { outputText, type RunEvent, type RunEventBody, type RunStatus } from './run-event.js';
import { Scheduler } from './scheduler.js';
import type { Script } from './script.js';
import { argTable, namedArgTable } from './script-arguments.js';

/** Everything that a run needs, decided by its caller. */
export interface RunSetup {
  readonly id: string;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly answers: Answers;
  readonly globals: GlobalsFactory;
  readonly backend: () => Promise<Backend>;
  readonly sessionsEnabled: boolean;
  /** Reads the script; what it throws ends the run. */
  readonly script: () => Promise<Script>;
  /** What the script is called before it is read. */
  readonly scriptName: string;
  readonly args: readonly string[];
  /** Two numbers that `math.random` starts from. */
  readonly seed: readonly [bigint, bigint];
  readonly memoryLimitBytes: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Lets SIGINT break off a busy loop. */
  readonly interruptOnSigint: boolean;
  readonly currentSession: string | undefined;
  /** Values that the embedder sets before the script starts. */
  readonly variables: Readonly<Record<string, Value>>;
  readonly write: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  readonly read: () => Promise<Uint8Array | undefined>;
}

/** RunOutcome is how a run ended. */
export interface RunOutcome {
  readonly run: string;
  readonly status: RunStatus;
  /** Ids of the sessions that the run created. */
  readonly sessions: readonly string[];
  /** What the script returned: one value as it is, several as an array. */
  readonly value: PlainValue;
  /** The same, exact. */
  readonly values: readonly Value[];
  /** What `os.exit` asked for, else 0; meaningful for completed runs. */
  readonly exitStatus: number;
  readonly usage: RunUsage;
  /** Why the run did not complete. */
  readonly error: SpellError | undefined;
}

export interface RunUsage {
  /** Host calls that passed the gate. */
  readonly calls: number;
}

/** The longest delay that one timer can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Run implements AsyncIterable<RunEvent>, PromiseLike<RunOutcome> {
  readonly id: string;
  /** How the run ended, whatever way; never rejects. */
  readonly outcome: Promise<RunOutcome>;
  readonly #setup: RunSetup;
  readonly #controller = new AbortController();
  readonly #events = new EventStream();
  readonly #scheduler = new Scheduler();
  readonly #state: RunState;
  readonly #gate: Gate;
  readonly #deadline: number;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #interrupter: Interrupter | undefined;
  #eventSeq = 0;

  constructor(setup: RunSetup) {
    this.id = setup.id;
    this.#setup = setup;
    this.#state = {
      currentSession: setup.currentSession,
      sessions: [],
      exitStatus: undefined,
    };
    this.#deadline = setup.clock.monotonic() + (setup.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#gate = new Gate({
      run: setup.id,
      state: this.#state,
      signal: this.#controller.signal,
      answers: setup.answers,
      sessionsEnabled: setup.sessionsEnabled,
      backend: setup.backend,
      observe: (event) => this.#tell(event),
    });
    this.outcome = this.#execute();
  }

  /** Ends the run at its next pause; a busy loop ends only by its time limit. */
  abort(reason?: unknown): void {
    this.#controller.abort(
      reason instanceof SpellError
        ? reason
        : new SpellError('ABORTED', 'the run was aborted', { cause: reason }),
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.#events.read();
  }

  /** Waits for the outcome; rejects with the error of a run that did not complete. */
  // biome-ignore lint/suspicious/noThenProperty: a run can be awaited for its outcome.
  then<A = RunOutcome, B = never>(
    onCompleted?: ((outcome: RunOutcome) => A | PromiseLike<A>) | null,
    onFailed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const settled = this.outcome.then((outcome) => {
      if (outcome.error !== undefined) throw outcome.error;
      return outcome;
    });
    return settled.then(onCompleted, onFailed);
  }

  async #execute(): Promise<RunOutcome> {
    // The caller gets to iterate over the events before the first one.
    await Promise.resolve();
    const { scriptName, args } = this.#setup;
    const release = this.#linkAbort();
    this.#tell({ type: 'run.start', script: scriptName, args });
    let values: readonly Value[] = [];
    let error: SpellError | undefined;
    try {
      values = await this.#drive();
    } catch (thrown) {
      error = toSpellError(thrown);
    }
    release();
    this.#controller.abort(new SpellError('ABORTED', 'the run has ended'));
    return this.#finish(values, error);
  }

  #finish(values: readonly Value[], error: SpellError | undefined): RunOutcome {
    const status = statusOf(error);
    const summary =
      error === undefined ? {} : { error: { code: error.code, message: error.message } };
    this.#tell({ type: 'run.end', status, ...summary });
    this.#events.end();
    return {
      run: this.id,
      status,
      sessions: this.#state.sessions,
      value: values.length > 1 ? values.map(toPlain) : toPlain(values[0]),
      values,
      exitStatus: this.#state.exitStatus ?? 0,
      usage: { calls: this.#gate.calls },
      error,
    };
  }

  /** Runs the script and what it left for the end. */
  async #drive(): Promise<readonly Value[]> {
    const { signal } = this.#controller;
    const script = await this.#setup.script();
    if (signal.aborted) throw signal.reason;
    const vm = this.#createVm(script);
    try {
      const step = await this.#runOn(vm, () => vm.start(script.chunk, this.#setup.args));
      // Also a script that failed has files that it did not close.
      const end = await this.#runOn(vm, () => vm.finish());
      if (step.state === 'failed') throw step.error;
      if (end.state === 'failed') throw end.error;
      return step.state === 'returned' ? step.values : [];
    } finally {
      vm.dispose();
    }
  }

  /** Runs a branch from delivery to delivery until it ends, or waits for the end that the script asked for. */
  async #runOn(vm: Vm, start: () => Step): Promise<Step> {
    const { signal } = this.#controller;
    const exitBefore = this.#state.exitStatus;
    let step = this.#slice(start);
    while (step.state === 'waiting') {
      // The script called os.exit: what it waits for never comes.
      if (this.#state.exitStatus !== exitBefore) return step;
      await this.#events.whenDrained(signal);
      const { call, outcome } = await this.#scheduler.next(signal);
      // What a script that called os.exit still waited for is of no use to what it left for the end.
      if (call === step.call) step = this.#slice(() => vm.resume(call, outcome));
    }
    return step;
  }

  #createVm(script: Script): Vm {
    const { engine, memoryLimitBytes, seed, variables, args } = this.#setup;
    const { functions, preludes } = this.#globals(script);
    const vm = engine.createVm({
      memoryLimitBytes,
      functions: functions.map((fn) => this.#asHostFunction(fn)),
      preludes,
    });
    vm.seed(...seed);
    vm.setGlobal('arg', argTable(script.name, args));
    vm.setGlobal('ARGS', namedArgTable(script.name, args));
    for (const [name, value] of Object.entries(variables)) vm.setGlobal(name, value);
    return vm;
  }

  #globals({ name, folder }: Script) {
    const { args, write, read, globals } = this.#setup;
    return globals({
      script: name,
      folder,
      args,
      read,
      write: (stream, bytes) => {
        write(stream, bytes);
        this.#tell(() => ({ type: stream, text: outputText(bytes) }));
      },
    });
  }

  #asHostFunction({ path, aliases, parse, operation }: GlobalFunction): HostFunction {
    return {
      path,
      aliases: aliases ?? [],
      waits: operation.waits,
      call: (args) => {
        const answer = this.#gate.call(operation, parse(args));
        if (!(answer instanceof Promise)) return answer;
        const waiting = args.wait();
        this.#scheduler.expect(waiting.call, answer);
        return waiting;
      },
    };
  }

  #slice(slice: () => Step): Step {
    const { timeoutMs, interruptOnSigint, clock } = this.#setup;
    if (timeoutMs === undefined && !interruptOnSigint) return slice();
    this.#interrupter ??= new Interrupter();
    const remaining = this.#deadline - clock.monotonic();
    if (remaining <= 0) throw timeLimitError();
    return this.#interrupter.run(slice, {
      timeoutMs: timeoutMs === undefined ? undefined : remaining,
      onSigint: interruptOnSigint,
    });
  }

  /** Aborts the run with the caller's signal and at the deadline; answers what undoes both. */
  #linkAbort(): () => void {
    const { signal } = this.#setup;
    const onAbort = () => this.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    this.#armDeadline();
    return () => {
      signal?.removeEventListener('abort', onAbort);
      clearTimeout(this.#deadlineTimer);
    };
  }

  #armDeadline(): void {
    if (this.#deadline === Number.POSITIVE_INFINITY) return;
    const left = this.#deadline - this.#setup.clock.monotonic();
    if (left <= 0) {
      this.abort(timeLimitError());
    } else {
      this.#deadlineTimer = setTimeout(() => this.#armDeadline(), Math.min(left, MAX_TIMER_MS));
    }
  }

  /** Numbers an event and publishes it; a body that costs something to make is made only for readers. */
  #tell(body: RunEventBody | (() => RunEventBody)): void {
    this.#eventSeq += 1;
    if (!this.#events.hasReaders) return;
    const made = typeof body === 'function' ? body() : body;
    const at = new Date(this.#setup.clock.now()).toISOString();
    this.#events.publish({ v: 1, seq: this.#eventSeq, at, run: this.id, branch: '0', ...made });
  }
}

function statusOf(error: SpellError | undefined): RunStatus {
  if (error === undefined) return 'completed';
  if (error.code === 'ABORTED') return 'interrupted';
  return error.code.startsWith('LIMIT_') ? 'limit' : 'failed';
}
