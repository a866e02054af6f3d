/**
 * Breakable runs code on this thread that can be broken off from outside, by V8's own watchdog: a busy loop keeps
 * timers and signal handlers of its thread waiting.
 */
import { type Context, createContext, type RunningScriptOptions, Script } from 'node:vm';

/** The codes of what {@link Breakable.run} throws when the code was broken off. */
export const TIME_IS_UP = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
export const WAS_INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

export class Breakable {
  readonly #globals: { work: () => unknown } = { work: () => undefined };
  readonly #script = new Script('work()');
  /** Made when it is needed first: that takes longer than most of what runs here. */
  #context: Context | undefined;

  /** What `work` answers. @throws What it throws, and an error with one of the codes above. */
  run<T>(work: () => T, options: Pick<RunningScriptOptions, 'timeout' | 'breakOnSigint'>): T {
    let result: { readonly value: T } | undefined;
    this.#globals.work = () => {
      result = { value: work() };
    };
    this.#context ??= createContext(this.#globals);
    try {
      this.#script.runInContext(this.#context, options);
    } finally {
      this.#globals.work = () => undefined;
    }
    return (result as unknown as { readonly value: T }).value;
  }
}

/** Why the code that threw this was broken off; `undefined` for what it threw itself. */
export function breakCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return code === TIME_IS_UP || code === WAS_INTERRUPTED ? code : undefined;
}
