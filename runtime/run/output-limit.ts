import { SpellError } from '../base/errors.js';
import { Abandon } from '../engine/engine.js';

/** OutputLimit ends a run that says more than it may: nothing of what goes beyond is written. */
export class OutputLimit {
  #said = 0;

  /** @param maxBytes Of both streams together; no limit when absent. */
  constructor(private readonly maxBytes: number = Number.POSITIVE_INFINITY) {}

  /** @throws Abandon with `LIMIT_OUTPUT` */
  count(bytes: number): void {
    this.#said += bytes;
    if (this.#said <= this.maxBytes) return;
    throw new Abandon(
      new SpellError('LIMIT_OUTPUT', `the run wrote more than ${this.maxBytes} bytes`, {
        hint: 'Raise max_output_bytes in [runtime.lua], or keep long results as artifacts.',
        details: { max_output_bytes: this.maxBytes },
      }),
    );
  }
}
