/**
 * Interrupts a slice of Lua from outside. A busy loop blocks this thread's timers and signal handlers, so nothing that
 * runs on it could stop the loop; V8's own watchdog can, C loops of the Lua library included. It costs about 100 µs a
 * slice (`scripts/bench/interrupt.ts`), so it is armed only when asked for.
 */
import { Breakable, breakCode, TIME_IS_UP } from '../base/breakable.js';
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
  readonly #breakable = new Breakable();

  /**
   * @throws SpellError `LIMIT_TIME` when the time ran out, `ABORTED` on SIGINT; else what the slice throws.
   */
  run<T>(slice: () => T, options: InterruptOptions): T {
    try {
      return this.#breakable.run(slice, toScriptOptions(options));
    } catch (thrown) {
      throw translate(thrown);
    }
  }
}

function toScriptOptions({ timeoutMs, onSigint }: InterruptOptions) {
  if (timeoutMs === undefined) return { breakOnSigint: onSigint };
  return {
    breakOnSigint: onSigint,
    timeout: Math.min(Math.max(1, Math.ceil(timeoutMs)), MAX_TIMEOUT_MS),
  };
}

function translate(thrown: unknown): unknown {
  const code = breakCode(thrown);
  if (code === undefined) return thrown;
  return code === TIME_IS_UP
    ? timeLimitError()
    : new SpellError('ABORTED', 'the run was interrupted');
}

export function timeLimitError(): SpellError {
  return new SpellError('LIMIT_TIME', 'the time limit of the run was reached', {
    hint: 'Raise --timeout or timeout_ms in [runtime.lua], or look for a loop that never ends.',
  });
}
