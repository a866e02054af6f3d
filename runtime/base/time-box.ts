/**
 * TimeBox runs code whose time nobody can foresee, such as a pattern that somebody else wrote, and breaks it off. The
 * code must not change anything that outlives it: it may be broken off anywhere.
 */
import { type Context, createContext, Script } from 'node:vm';

export class TimeBox {
  readonly #globals: { work: () => unknown } = { work: () => undefined };
  readonly #script = new Script('work()');
  /** Made when it is needed first: it takes longer than most checks. */
  #context: Context | undefined;

  /** What `work` answers; `undefined` when it took longer than `milliseconds`. */
  run<T>(milliseconds: number, work: () => T): { readonly value: T } | undefined {
    let result: { readonly value: T } | undefined;
    this.#globals.work = () => {
      result = { value: work() };
    };
    this.#context ??= createContext(this.#globals);
    try {
      this.#script.runInContext(this.#context, { timeout: milliseconds });
    } catch (thrown) {
      const code = (thrown as { code?: unknown } | null)?.code;
      if (code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown;
      return undefined;
    } finally {
      this.#globals.work = () => undefined;
    }
    return result;
  }
}
