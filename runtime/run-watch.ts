/**
 * RunWatch goes on with the runs of a storage as they become due: those whose time has come or whose event was sent,
 * and those whose process was killed. Several programs may watch one storage; each run is one's.
 */
import type { Clock } from './base/clock.js';
import type { Run } from './run/run.js';
import type { ResumeRunOptions } from './run-options.js';

export interface WatchRunsOptions
  extends Pick<ResumeRunOptions, 'timeoutMs' | 'onUnknown' | 'onOutput' | 'interruptOnSigint'> {
  /** Ends the watch: runs that are going on are laid down again where they wait next. */
  readonly signal: AbortSignal;
  /** Called with every run that goes on. */
  readonly onRun?: (run: Run) => void;
  /** The most runs that go on at once; 8 when absent. */
  readonly concurrency?: number;
}

/** What a watch asks of its runtime. */
export interface WatchHost {
  readonly clock: Clock;
  /** Ids of runs that can be gone on with now, the one that started first at the beginning. */
  resumable(): Promise<readonly string[]>;
  /** Ids of runs whose process is gone without a word. */
  orphans(): Promise<readonly string[]>;
  /** Ids of runs that sleep and are due. */
  due(limit: number): Promise<readonly string[]>;
  /** When the next run is due, in milliseconds since the epoch. */
  nextDue(): Promise<number | undefined>;
  /** Goes on with a run if it is still to be gone on with. */
  wake(id: string): Run;
}

/** How often a watch looks for what other processes have done. */
const LOOK_MS = 250;
/** How often it looks for processes that were killed. */
const ORPHANS_MS = 2000;
const CONCURRENCY = 8;

/** Somebody else was faster. */
const MISSED = ['RUN_LOCKED', 'RUN_STATE'];

export class RunWatch {
  readonly #active = new Map<string, Run>();
  /** Runs that can't be gone on with. */
  readonly #givenUp = new Set<string>();
  /** Runs that somebody else has, and when that was seen. */
  readonly #missed = new Map<string, number>();
  #waiting: string[] = [];
  #orphansAt = Number.NEGATIVE_INFINITY;
  #stir: () => void = () => {};

  constructor(
    private readonly host: WatchHost,
    private readonly options: WatchRunsOptions,
  ) {}

  /** Resolves when the watch was ended and no run goes on any more. */
  async run(): Promise<void> {
    const { signal } = this.options;
    const onAbort = () => {
      for (const run of this.#active.values()) run.suspend(true);
      this.#stir();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting = [...(await this.host.resumable())];
    while (!signal.aborted) {
      await this.#goOn();
      if (!signal.aborted) await this.#pause();
    }
    signal.removeEventListener('abort', onAbort);
    await Promise.all([...this.#active.values()].map(({ outcome }) => outcome));
  }

  /** Goes on with as many runs as may. */
  async #goOn(): Promise<void> {
    const { concurrency = CONCURRENCY, signal } = this.options;
    const now = this.host.clock.monotonic();
    if (now - this.#orphansAt >= ORPHANS_MS) {
      this.#orphansAt = now;
      this.#waiting.push(...(await this.host.orphans()));
    }
    const due = await this.host.due(concurrency + this.#active.size + this.#givenUp.size);
    const waiting = new Set([...this.#waiting, ...due]);
    this.#waiting = [];
    for (const id of waiting) {
      if (this.#active.has(id) || this.#givenUp.has(id) || this.#isMissed(id, now)) continue;
      if (this.#active.size < concurrency && !signal.aborted) this.#start(id);
      else if (!due.includes(id)) this.#waiting.push(id);
    }
  }

  #start(id: string): void {
    const run = this.host.wake(id);
    this.#active.set(id, run);
    this.options.onRun?.(run);
    run.outcome.then(({ error }) => {
      this.#active.delete(id);
      if (error !== undefined && MISSED.includes(error.code)) {
        this.#missed.set(id, this.host.clock.monotonic());
      } else {
        if (error !== undefined) this.#givenUp.add(id);
        this.#stir();
      }
    });
  }

  #isMissed(id: string, now: number): boolean {
    const at = this.#missed.get(id);
    if (at !== undefined && now - at < LOOK_MS) return true;
    this.#missed.delete(id);
    return false;
  }

  /** Waits until a run has ended, one is due, or it is time to look again. */
  async #pause(): Promise<void> {
    const changed = new Promise<void>((resolve) => {
      this.#stir = resolve;
    });
    const left = ((await this.host.nextDue()) ?? 0) - this.host.clock.now();
    const timer = setTimeout(this.#stir, left > 0 ? Math.min(left, LOOK_MS) : LOOK_MS);
    if (!this.options.signal.aborted) await changed;
    clearTimeout(timer);
  }
}
