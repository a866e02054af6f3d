/**
 * Interrupts a slice of Lua from outside. A busy loop blocks this thread's timers and signal handlers, so nothing that
 * runs on it could stop the loop; V8's own watchdog can, C loops of the Lua library included. It costs about 100 µs a
 * slice (`scripts/bench/interrupt.ts`), so it is armed only when asked for.
 */
import { createContext, type RunningScriptOptions, Script } from 'node:vm';
import { SpellError } from '../base/errors.js';

/** The longest limit that one slice can have: 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export interface InterruptOptions {
  /** The slice is broken off after this many milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** SIGINT breaks the slice off, whatever signal handlers the program has. */
  readonly onSigint: boolean;
}

/** Interrupter runs slices so that they can be broken off; the VM they ran on is unusable afterwards. */
export class Interrupter {
  readonly #globals: { slice: () => unknown } = { slice: () => undefined };
  readonly #context = createContext(this.#globals);
  readonly #script = new Script('slice()');

  /**
   * @throws SpellError `LIMIT_TIME` when the time ran out, `ABORTED` on SIGINT; else what the slice throws.
   */
  run<T>(slice: () => T, options: InterruptOptions): T {
    let result: { value: T } | undefined;
    this.#globals.slice = () => {
      result = { value: slice() };
    };
    try {
      this.#script.runInContext(this.#context, toScriptOptions(options));
    } catch (thrown) {
      throw translate(thrown);
    }
    return (result as unknown as { value: T }).value;
  }
}

function toScriptOptions({ timeoutMs, onSigint }: InterruptOptions): RunningScriptOptions {
  if (timeoutMs === undefined) return { breakOnSigint: onSigint };
  return {
    breakOnSigint: onSigint,
    timeout: Math.min(Math.max(1, Math.ceil(timeoutMs)), MAX_TIMEOUT_MS),
  };
}

function translate(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return timeLimitError();
  if (code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
    return new SpellError('ABORTED', 'the run was interrupted');
  }
  return thrown;
}

export function timeLimitError(): SpellError {
  return new SpellError('LIMIT_TIME', 'the time limit of the run was reached', {
    hint: 'Raise --timeout or timeout_ms in [runtime.lua], or look for a loop that never ends.',
  });
}
