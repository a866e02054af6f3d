import type { HostResult } from '../engine/engine.js';
import type { Backend } from '../storage/storage.js';
import { transact } from '../storage/transaction.js';
import type { Answers, CallRequest } from './host-call.js';

/** LiveAnswers performs every call and records nothing. */
export class LiveAnswers implements Answers {
  /** @param backend Opens the storage when the first call needs it. */
  constructor(private readonly backend: () => Promise<Backend>) {}

  answer({ operation, args, call }: CallRequest): HostResult | Promise<HostResult> {
    return operation.perform(args, {
      ...call,
      key: `${call.run}/${call.branch}/${call.seq}`,
      checkpoint: async () => undefined,
      commit: async (change, conclude) => conclude(await transact(await this.backend(), change)),
    });
  }
}
