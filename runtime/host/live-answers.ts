import type { HostResult } from '../engine/engine.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { type Answers, behindSlice, type CallRequest, inTurn, perform } from './host-call.js';

/** LiveAnswers performs every call and records nothing. */
export class LiveAnswers implements Answers {
  /** The storage, once there is something in it that was not flushed. */
  #unflushed: Backend | undefined;
  #commits = 0;

  /** @param backend Opens the storage when the first call needs it. */
  constructor(private readonly backend: () => Promise<Backend>) {}

  answer(request: CallRequest): HostResult | Promise<HostResult> {
    const { operation, args, call } = request;
    const make = () =>
      perform(operation, args, {
        ...call,
        key: `${call.run}/${call.branch}/${call.ordinal}`,
        checkpoint: async () => undefined,
        commit: async (change, conclude) => conclude(await this.#commit(change)),
      });
    const leaves = operation.kind === 'output' || operation.kind === 'external';
    const mustFlush = leaves && this.#unflushed !== undefined;
    // What is only said need not wait.
    if (operation.kind === 'output' && !mustFlush) return make();
    const work = () => (mustFlush ? this.flush().then(make) : make());
    return behindSlice(request, () => inTurn(request, work));
  }

  /** What was changed survives a power loss from here on. */
  async flush(): Promise<void> {
    const commits = this.#commits;
    await this.#unflushed?.flush();
    if (this.#commits === commits) this.#unflushed = undefined;
  }

  async #commit<T>(change: (transaction: Transaction) => Promise<T>): Promise<T> {
    const backend = await this.backend();
    const made = await transact(backend, change);
    this.#commits += 1;
    if (backend.features.persistent) this.#unflushed = backend;
    return made;
  }
}
