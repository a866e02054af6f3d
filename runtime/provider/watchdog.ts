/** Watchdog ends a request whose server gives no sign for too long, or whose caller has gone. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #onAbort = () => this.#controller.abort(this.caller.reason);
  readonly #timer: NodeJS.Timeout;
  #hasBitten = false;

  /** @param ms Milliseconds without a {@link sign}. */
  constructor(
    ms: number,
    private readonly caller: AbortSignal,
  ) {
    caller.addEventListener('abort', this.#onAbort, { once: true });
    if (caller.aborted) this.#onAbort();
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
    this.caller.removeEventListener('abort', this.#onAbort);
  }

  #bite(): void {
    this.#hasBitten = true;
    this.#controller.abort();
  }
}

/** The longest delay that one timer can have. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
