/**
 * Run is one execution of a script: it makes the VM, delivers outcomes turn by turn, keeps the limits, and tells its
 * story as events.
 */

import { setMaxListeners } from 'node:events';
import { SpellError, toSpellError } from '../base/errors.js';
import { MAX_TIMER_MS } from '../base/max-timer.js';
import { toPlain, type Value } from '../base/value.js';
import { whenAborted } from '../base/when-aborted.js';
import type { RunVm, Soon, Step, VmImage } from '../engine/engine.js';
import { timeLimitError } from '../engine/interrupt.js';
import { BulkyReads } from '../host/bulky-reads.js';
import { Gate } from '../host/gate.js';
import { guardOperation } from '../host/guarded-operation.js';
import { newRunState, type RunState } from '../host/host-call.js';
import type { Checkpoint } from './checkpoint.js';
import { EventStream } from './event-stream.js';
import { LiveVm } from './live-vm.js';
import { logLine } from './log-entry.js';
import { OutputLimit } from './output-limit.js';
import type { Program } from './program.js';
import { type Departure, nextDelivery } from './resting.js';
import { endOf } from './run-end.js';
import { outputText, type RunEvent, type RunEventBody, type RunStatus } from './run-event.js';
import { RunFunction, type RunFunctionParts } from './run-function.js';
import type { RunOutcome } from './run-outcome.js';
import type { RunSetup } from './run-setup.js';
import { type Delivery, Scheduler } from './scheduler.js';
import { argTable, namedArgTable } from './script-arguments.js';
import { Slices } from './slices.js';
import { WaitingCalls } from './waiting-calls.js';

export class Run implements AsyncIterable<RunEvent>, PromiseLike<RunOutcome> {
  readonly id: string;
  /** How the run ended, whatever way; never rejects. */
  readonly outcome: Promise<RunOutcome>;
  readonly #setup: RunSetup;
  readonly #controller = new AbortController();
  readonly #events = new EventStream();
  readonly #scheduler = new Scheduler();
  readonly #state: RunState;
  #gate: Gate | undefined;
  readonly #deadline: number;
  readonly #waiting = new WaitingCalls(this.#scheduler);
  #functions: readonly RunFunction[] = [];
  #deadlineTimer: NodeJS.Timeout | undefined;
  readonly #slices: Slices;
  readonly #outputLimit: OutputLimit;
  #eventSeq = 0;
  #isFinishing = false;
  #departure: Departure;

  constructor(setup: RunSetup) {
    this.id = setup.id;
    this.#setup = setup;
    this.#state = newRunState(undefined);
    this.#deadline = setup.clock.monotonic() + (setup.timeoutMs ?? Number.POSITIVE_INFINITY);
    this.#outputLimit = new OutputLimit(setup.maxOutputBytes);
    this.#slices = new Slices({
      clock: setup.clock,
      deadline: this.#deadline,
      interruptOnSigint: setup.interruptOnSigint,
      signal: this.#controller.signal,
    });
    // Every call that waits may listen.
    setMaxListeners(0, this.#controller.signal);
    // Here, and not when something waits: a signal that has a listener already gets others in no time.
    whenAborted(this.#controller.signal, () => this.#scheduler.nudge());
    this.#departure = setup.detach ? 'at a long wait' : 'never';
    setup.keeper.nudge = () => this.#scheduler.nudge();
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

  /**
   * Ends the run where it waits next, with the status `sleeping`; calls that are on their way are waited for.
   *
   * @param isDue It is gone on with at the next opportunity, and not when somebody resumes it.
   */
  suspend(isDue = false): void {
    this.#departure = isDue ? 'now, and is due' : 'now, to be resumed';
    this.#scheduler.nudge();
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
    const release = this.#linkAbort();
    let outcome: RunOutcome;
    try {
      outcome = this.#outcomeOf('completed', await this.#drive(), undefined);
    } catch (thrown) {
      outcome = this.#outcomeOf(...endOf(thrown));
    }
    release();
    this.#controller.abort(new SpellError('ABORTED', 'the run has ended'));
    return this.#finish(await this.#keep(outcome));
  }

  #outcomeOf(
    status: RunStatus,
    returned: readonly Value[],
    failure: SpellError | undefined,
  ): RunOutcome {
    const { redactor } = this.#setup.rules;
    const values = redactor?.value(returned, 'output') ?? returned;
    const error = failure && (redactor?.error(failure) ?? failure);
    return {
      run: this.id,
      status,
      sessions: this.#state.sessions,
      value: values.length > 1 ? values.map(toPlain) : toPlain(values[0]),
      values,
      exitStatus: this.#state.exitStatus ?? 0,
      usage: { calls: this.#gate?.calls ?? 0, ...this.#state.usage },
      error,
    };
  }

  /** What could not be kept is not how the run ended. */
  async #keep(outcome: RunOutcome): Promise<RunOutcome> {
    try {
      return await this.#setup.keeper.end(outcome);
    } catch (thrown) {
      return { ...outcome, status: 'failed', error: outcome.error ?? toSpellError(thrown) };
    }
  }

  #finish(outcome: RunOutcome): RunOutcome {
    const { status, error } = outcome;
    const summary =
      error === undefined ? {} : { error: { code: error.code, message: error.message } };
    this.#tell({ type: 'run.end', status, ...summary });
    this.#events.end();
    return outcome;
  }

  /** Runs the script and what it left for the end. */
  async #drive(): Promise<readonly Value[]> {
    const { signal } = this.#controller;
    const program = await this.#loadProgram();
    this.#state.currentSession = program.currentSession;
    const { answers, checkpoint } = await this.#setup.keeper.begin(program.script);
    if (signal.aborted) throw signal.reason;
    // As much as Lua itself may take.
    const bulkyReads = new BulkyReads(program.memoryLimitBytes);
    const gate = new Gate({
      run: this.id,
      state: this.#state,
      signal,
      answers,
      turns: this.#scheduler,
      bulkyReads,
      sessionsEnabled: this.#setup.sessionsEnabled,
      sliceOver: () => this.#slices.over,
      observe: (event) => this.#tell(event),
    });
    this.#gate = gate;
    const live = new LiveVm(this.#setup.slots, this.#vmFactory(program, gate));
    try {
      await live.start(checkpoint?.image, signal);
      if (signal.aborted) throw signal.reason;
      const step = await this.#runOn(live, gate, () =>
        checkpoint === undefined
          ? this.#slices.run(live.vm, (vm) => vm.start(program.script.chunk, program.args))
          : this.#continue(checkpoint.checkpoint, gate),
      );
      // Also a script that failed has files that it did not close.
      this.#isFinishing = true;
      this.#waiting.giveUp();
      bulkyReads.giveUp();
      const end = await this.#runOn(live, gate, () =>
        this.#slices.run(live.vm, (vm) => vm.finish()),
      );
      if (step.state === 'failed') throw step.error;
      if (end.state === 'failed') throw end.error;
      return step.state === 'returned' ? step.values : [];
    } finally {
      bulkyReads.giveUp();
      live.dispose();
    }
  }

  async #loadProgram(): Promise<Program> {
    const { name, program } = this.#setup;
    try {
      const loaded = await program();
      this.#tell({ type: 'run.start', script: loaded.script.name, args: loaded.args });
      return loaded;
    } catch (thrown) {
      this.#tell({ type: 'run.start', script: name, args: [] });
      throw thrown;
    }
  }

  #nextDelivery(live: LiveVm, gate: Gate): Promise<Delivery> {
    const { keeper, clock } = this.#setup;
    return nextDelivery({
      keeper,
      clock,
      live,
      scheduler: this.#scheduler,
      signal: this.#controller.signal,
      // What a script left for its end is short: a photograph of it would only be in the way.
      snapshot:
        this.#isFinishing || live.vm.holdsOutcomes ? undefined : live.vm.snapshot?.bind(live.vm),
      state: () => ({
        state: this.#state,
        calls: gate.calls,
        ordinals: gate.ordinals,
        pending: this.#waiting.pending,
      }),
      waiting: () => this.#waiting.awaited,
      waitingCount: () => this.#waiting.count,
      departure: () => this.#departure,
      tell: (event) => this.#tell(event),
    });
  }

  /** Takes up the calls that Lua waited for when its photograph was taken. */
  #continue(checkpoint: Checkpoint, gate: Gate): Step {
    Object.assign(this.#state, structuredClone(checkpoint.state));
    gate.continueAt(checkpoint.calls, checkpoint.ordinals);
    const operations = new Map(this.#functions.map(({ operation }) => [operation.op, operation]));
    for (const pending of checkpoint.pending) {
      const operation = operations.get(pending.op);
      if (operation === undefined) {
        throw new SpellError('INTERNAL', `there is no operation ${pending.op} to go on with`);
      }
      const answer = gate.continueCall(operation, pending);
      this.#waiting.add(pending.call, operation, pending.args, answer, pending.since);
    }
    return { state: 'waiting', branch: 0, call: undefined };
  }

  /** Runs Lua from delivery to delivery until it ends, or waits for the end that the script asked for. */
  async #runOn(live: LiveVm, gate: Gate, start: () => Soon<Step>): Promise<Step> {
    const { signal } = this.#controller;
    const exitBefore = this.#state.exitStatus;
    let step = await start();
    while (step.state === 'waiting') {
      await this.#events.whenDrained(signal);
      if (this.#waiting.isEmpty)
        throw new SpellError('INTERNAL', 'all branches wait for each other');
      if (this.#scheduler.isAtRest) gate.atRest();
      const delivery = await this.#nextDelivery(live, gate);
      const isAwaited = this.#waiting.conclude(delivery);
      // The script called os.exit: it does not go on.
      if (this.#state.exitStatus !== exitBefore) return step;
      // What a script that called os.exit still waited for is of no use to what it left for the end.
      if (!isAwaited) continue;
      step = await this.#slices.run(live.vm, (vm) => vm.resume(delivery.call, delivery.outcome));
    }
    return step;
  }

  /** Makes a new VM for the program, or the one of an image. */
  #vmFactory(program: Program, gate: Gate): (image: VmImage | undefined) => Promise<RunVm> {
    const { script, args, seed, variables, memoryLimitBytes } = program;
    const { functions, preludes } = this.#globals(program, gate);
    this.#functions = functions;
    const options = {
      memoryLimitBytes,
      functions,
      preludes,
      branchEnded: (path: string) => gate.forget(path),
    };
    const prepare = async (vm: RunVm) => {
      await vm.seed(...seed);
      await vm.setGlobal('arg', argTable(script.name, args));
      await vm.setGlobal('ARGS', namedArgTable(script.name, args));
      for (const [name, value] of variables) await vm.setGlobal(String(name), value);
    };
    return async (image) => {
      const { signal } = this.#controller;
      let vm: RunVm | undefined;
      try {
        vm = await this.#setup.vms(options, image);
        if (image === undefined) await prepare(vm);
        return vm;
      } catch (thrown) {
        vm?.dispose();
        throw signal.aborted ? signal.reason : thrown;
      }
    };
  }

  #globals({ script: { name, folder }, args, actor, memoryLimitBytes }: Program, gate: Gate) {
    const { write, log, read, functions: ours, globals, rules, usedBefore } = this.#setup;
    const caller = { run: this.id, actor };
    const { functions, preludes } = globals({
      script: name,
      folder,
      args,
      memoryLimitBytes,
      usedBefore,
      actor,
      read,
      functions: ours,
      write: (stream, bytes, branch) => {
        const said = rules.redactor?.bytes(bytes, 'output') ?? bytes;
        this.#outputLimit.count(said.length);
        const heard = this.#slices.say(() => write(stream, said));
        this.#tell(() => ({ type: stream, text: outputText(said), branch }));
        return heard;
      },
      log: (entry, branch) => {
        const said = rules.redactor?.value(entry, 'output') ?? entry;
        const line = Buffer.from(logLine(said));
        this.#outputLimit.count(line.length);
        const heard = this.#slices.say(() => {
          write('stderr', line);
          log(said);
        });
        this.#tell({ type: 'log', ...said, branch });
        return heard;
      },
    });
    const parts: RunFunctionParts = {
      gate,
      guard: (operation) => guardOperation(operation, rules, caller),
      awaiting: (...call) => this.#waiting.add(...call, this.#setup.clock.now()),
    };
    return { functions: functions.map((fn) => new RunFunction(fn, parts)), preludes };
  }

  /** Aborts the run with the caller's signal and at the deadline; answers what undoes both. */
  #linkAbort(): () => void {
    const { signal } = this.#setup;
    const onAbort = () => this.abort(signal?.reason);
    const forget = signal && whenAborted(signal, onAbort);
    if (signal?.aborted === true) onAbort();
    this.#armDeadline();
    return () => {
      forget?.();
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
  #tell(body: Told | (() => Told)): void {
    this.#eventSeq += 1;
    if (!this.#events.hasReaders) return;
    const made = typeof body === 'function' ? body() : body;
    const at = new Date(this.#setup.clock.now()).toISOString();
    this.#events.publish({ v: 1, seq: this.#eventSeq, at, run: this.id, branch: '0', ...made });
  }
}

/** What there is to tell, and of which branch if it was not the script itself. */
type Told = RunEventBody & { readonly branch?: string };
