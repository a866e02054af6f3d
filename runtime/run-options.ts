/** RunOptions are what a caller may say about one run. */
export interface RunOptions {
  readonly args?: readonly string[];
  /** Who the run acts for, such as `anna@example.com`; the runtime's `actor` when absent. */
  readonly actor?: string;
  /** Aborting it ends the run with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the run may take; also stops a busy loop. */
  readonly timeoutMs?: number;
  readonly memoryLimitBytes?: number;
  /** The session that the run starts with as its current one. */
  readonly sessionId?: string;
  /** Global variables that the script finds. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Takes output at once, besides the events. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** The script's standard input, piece by piece; `undefined` ends it. Empty when absent. */
  readonly readInput?: () => Promise<Uint8Array | undefined>;
  /** Lets SIGINT break off a busy loop, whatever handlers the program has; for command lines. */
  readonly interruptOnSigint?: boolean;
}
