/**
 * Breakable runs code on this thread that can be broken off from outside, by V8's own watchdog: a busy loop keeps
 * timers and signal handlers of its thread waiting.
 */
import { type RunningScriptOptions, Script } from 'node:vm';

/** The codes of what {@link Breakable.run} throws when the code was broken off. */
export const TIME_IS_UP = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
export const WAS_INTERRUPTED = 'ERR_SCRIPT_EXECUTION_INTERRUPTED';

/**
 * Where a script finds its work while it runs: scripts see nothing but globals, and a context with globals of its own
 * takes longer to make than most of what runs here.
 */
const WORK = Symbol.for('llmspell.work');
const globals = globalThis as { [WORK]?: (() => void) | undefined };

export class Breakable {
  readonly #script = new Script(`globalThis[Symbol.for('llmspell.work')]()`);

  /** What `work` answers. @throws What it throws, and an error with one of the codes above. */
  run<T>(work: () => T, options: Pick<RunningScriptOptions, 'timeout' | 'breakOnSigint'>): T {
    let result: { readonly value: T } | undefined;
    const outer = globals[WORK];
    globals[WORK] = () => {
      result = { value: work() };
    };
    try {
      this.#script.runInThisContext(options);
    } finally {
      if (outer === undefined) delete globals[WORK];
      else globals[WORK] = outer;
    }
    return (result as unknown as { readonly value: T }).value;
  }
}

/** Why the code that threw this was broken off; `undefined` for what it threw itself. */
export function breakCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return code === TIME_IS_UP || code === WAS_INTERRUPTED ? code : undefined;
}
