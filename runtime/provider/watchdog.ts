import { MAX_TIMER_MS } from '../base/max-timer.js';
import { whenAborted } from '../base/when-aborted.js';

/** Watchdog ends a request whose server gives no sign for too long, or whose caller has gone. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #leaveCaller: () => void;
  readonly #timer: NodeJS.Timeout;
  #hasBitten = false;

  /** @param ms Milliseconds without a {@link sign}. */
  constructor(ms: number, caller: AbortSignal) {
    const end = () => this.#controller.abort(caller.reason);
    this.#leaveCaller = whenAborted(caller, end);
    if (caller.aborted) end();
    this.#timer = setTimeout(() => this.#bite(), Math.min(ms, MAX_TIMER_MS));
  }

  /** For the request: aborts with the caller, and when it took too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when the server was silent for too long. */
  get hasBitten(): boolean {
    return this.#hasBitten;
  }

  /** The server is still there. */
  sign(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#leaveCaller();
  }

  #bite(): void {
    this.#hasBitten = true;
    this.#controller.abort();
  }
}
