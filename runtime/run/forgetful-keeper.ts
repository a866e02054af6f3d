/**
 * ForgetfulKeeper keeps nothing: for storage that ends with the process, and where durability is switched off. The only
 * photographs that it takes are of VMs whose place another run wants; they stay in memory.
 */
import type { VmImage } from '../engine/engine.js';
import { LiveAnswers } from '../host/live-answers.js';
import type { Backend } from '../storage/storage.js';
import type { Beginning, RestingRun, RunKeeper, WakeUp } from './run-keeper.js';
import type { RunOutcome } from './run-outcome.js';

export class ForgetfulKeeper implements RunKeeper {
  /** The pages of the VM as of its last photograph. */
  readonly #pages = new Map<number, Uint8Array>();

  readonly #answers: LiveAnswers;

  /** @param onEnd Clears away what is of use to nobody once the run is over. */
  constructor(
    backend: () => Promise<Backend>,
    private readonly onEnd: () => Promise<void>,
  ) {
    this.#answers = new LiveAnswers(backend);
  }

  async begin(): Promise<Beginning> {
    return { answers: this.#answers };
  }

  async rest({ snapshot, isInTheWay }: RestingRun): Promise<WakeUp | undefined> {
    if (!isInTheWay || snapshot === undefined) return undefined;
    const { size, pages, host } = await snapshot();
    for (const { page, bytes } of pages) this.#pages.set(page, bytes);
    return async (): Promise<VmImage> => ({
      size,
      pages: Array.from(this.#pages, ([page, bytes]) => ({ page, bytes })),
      host,
    });
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    await this.onEnd();
    await this.#answers.flush();
    return outcome;
  }
}
