/** Outputs counts what a run has said: nothing is said before what it depends on is safe, and nothing twice. */
import type { HostResult } from '../engine/engine.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import { keepSafe } from './final-error.js';
import { behindSlice, type CallRequest } from './host-call.js';

export class Outputs {
  /** Outputs up to this one were made before a crash. */
  readonly #known: number;
  /** Outputs that the script has asked for, and the last one that was made. */
  #asked: number;
  #made: number;

  /** @param before Outputs that the run had made at the checkpoint that it goes on from. */
  constructor(before: number, known: number) {
    this.#asked = before;
    this.#made = before;
    this.#known = known;
  }

  /** Outputs that the run has made so far: one that waits for what it depends on is not among them. */
  get made(): number {
    return Math.max(this.#made, Math.min(this.#asked, this.#known));
  }

  make(
    perform: () => HostResult | Promise<HostResult>,
    writer: JournalWriter | undefined,
    request: CallRequest,
  ): HostResult | Promise<HostResult> {
    this.#asked += 1;
    if (this.#asked <= this.#known) return undefined;
    const position = this.#asked;
    const make = () => {
      // A run that has ended says no more.
      request.call.signal.throwIfAborted();
      const result = perform();
      this.#made = position;
      return result;
    };
    if (writer === undefined || writer.isSafe) return make();
    return behindSlice(request, () => keepSafe(writer).then(make));
  }
}
