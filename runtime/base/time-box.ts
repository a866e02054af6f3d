/**
 * TimeBox runs code whose time nobody can foresee, such as a pattern that somebody else wrote, and breaks it off. The
 * code must not change anything that outlives it: it may be broken off anywhere.
 */
import { Breakable, breakCode, TIME_IS_UP } from './breakable.js';

export class TimeBox {
  readonly #breakable = new Breakable();

  /** What `work` answers; `undefined` when it took longer than `milliseconds`. */
  run<T>(milliseconds: number, work: () => T): { readonly value: T } | undefined {
    try {
      return { value: this.#breakable.run(work, { timeout: milliseconds }) };
    } catch (thrown) {
      if (breakCode(thrown) !== TIME_IS_UP) throw thrown;
      return undefined;
    }
  }
}
