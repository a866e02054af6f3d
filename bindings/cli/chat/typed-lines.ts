/** TypedLines is what comes from standard input, line by line, with Ctrl-C in between. */
import { createInterface, type Interface } from 'node:readline';

export type Typed =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'interrupt' }
  | { readonly type: 'end' };

export interface TypedLinesOptions {
  /** A person types, with editing and a history; else lines come from a pipe. */
  readonly isInteractive: boolean;
  readonly prompt: string;
  /** Asks for a line that goes on with the one before. */
  readonly continuedPrompt: string;
  /** Earlier lines, the newest first. */
  readonly history: readonly string[];
  /** Told of each line that a person has typed. */
  readonly remember: (line: string) => void;
  /** Words that Tab completes at the start of a line. */
  readonly words: readonly string[];
}

/** Lines that the keys for up and down go through. */
const MAX_HISTORY = 2000;

export class TypedLines {
  readonly #readline: Interface;
  readonly #waiting: Typed[] = [];
  #isOver = false;
  #wake: (() => void) | undefined;
  #onStop: (() => void) | undefined;
  readonly #interrupt = () => this.#interrupted();

  constructor(private readonly options: TypedLinesOptions) {
    const { isInteractive, prompt, history, words, remember } = options;
    this.#readline = createInterface({
      input: process.stdin,
      ...(isInteractive
        ? {
            output: process.stderr,
            terminal: true,
            prompt,
            history: [...history],
            historySize: MAX_HISTORY,
          }
        : { terminal: false }),
      crlfDelay: Number.POSITIVE_INFINITY,
      completer: (line: string) => [words.filter((word) => word.startsWith(line)), line],
    });
    this.#readline.on('line', (text) => {
      if (isInteractive) remember(text);
      this.#push({ type: 'line', text });
    });
    this.#readline.on('close', () => {
      this.#isOver = true;
      this.#news();
    });
    // A terminal that edits lines hands Ctrl-C on as a key; from elsewhere it comes as a signal.
    this.#readline.on('SIGINT', this.#interrupt);
    process.on('SIGINT', this.#interrupt);
  }

  /** The next line; asks for it when nobody has typed ahead. Behind the last one there are only ends. */
  async next({ isContinued = false } = {}): Promise<Typed> {
    if (this.#waiting.length === 0 && !this.#isOver) {
      const { isInteractive, prompt, continuedPrompt } = this.options;
      if (isInteractive) {
        this.#readline.setPrompt(isContinued ? continuedPrompt : prompt);
        this.#readline.prompt();
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift() ?? { type: 'end' };
  }

  /** Leaves the terminal to some work; Ctrl-C stops the work then. */
  async whileWorking<T>(work: () => Promise<T>, stop: () => void): Promise<T> {
    this.#onStop = stop;
    this.#edit(false);
    try {
      return await work();
    } finally {
      this.#onStop = undefined;
      this.#edit(true);
    }
  }

  close(): void {
    process.off('SIGINT', this.#interrupt);
    this.#readline.close();
  }

  /** Empties the line that is being typed, below which the next one starts. */
  clear(): void {
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }

  /** Without editing, the terminal itself turns Ctrl-C into a signal. */
  #edit(isOn: boolean): void {
    if (!this.options.isInteractive) return;
    if (isOn) this.#readline.resume();
    else this.#readline.pause();
    process.stdin.setRawMode(isOn);
  }

  /** Stops the work, and forgets what was typed ahead. A pipe ends with it, a person goes on. */
  #interrupted(): void {
    const isWorking = this.#onStop !== undefined;
    this.#onStop?.();
    this.#waiting.length = 0;
    if (!isWorking || !this.options.isInteractive) this.#push({ type: 'interrupt' });
  }

  #push(typed: Typed): void {
    this.#waiting.push(typed);
    this.#news();
  }

  #news(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
