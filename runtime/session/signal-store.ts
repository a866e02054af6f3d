/**
 * SignalStore keeps events that one run or program sends to a session until a run that waits for them takes them, in
 * the order in which they were sent, each once.
 */

import type { Clock } from '../base/clock.js';
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import type { IdSource } from '../base/ids.js';
import type { Redactor } from '../base/redactor.js';
import type { Value, ValueMap } from '../base/value.js';
import { FAMILY, key, prefixRange, timeComponent } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';

export interface Signal {
  readonly payload: Value;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export class SignalStore {
  /** Those who wait in this process, told at once; others look from time to time. */
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly backend: Backend,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly redactor?: Redactor,
  ) {}

  send(transaction: Transaction, session: string, name: string, payload: Value): void {
    const sentAt = this.clock.now();
    const place = key(FAMILY.signal, session, name, timeComponent(sentAt), this.ids.next());
    const kept = this.redactor === undefined ? payload : this.redactor.value(payload, 'state');
    transaction.put(place, encodeRecord({ payload: kept, sentAt }));
  }

  /** Tells those who wait here that something was sent; call it once the sending is committed. */
  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether there is a signal to take. */
  async has(session: string, name: string): Promise<boolean> {
    const range = prefixRange(key(FAMILY.signal, session, name));
    return (await this.backend.range({ ...range, limit: 1 })).length > 0;
  }

  /** Takes the oldest signal of a name; `undefined` when there is none. */
  async take(transaction: Transaction, session: string, name: string): Promise<Signal | undefined> {
    const range = prefixRange(key(FAMILY.signal, session, name));
    const [first] = await transaction.range({ ...range, limit: 1 });
    if (first === undefined) return undefined;
    // Read again through the transaction: of two that wait only one gets it.
    const bytes = await transaction.get(first.key);
    if (bytes === undefined) return undefined;
    transaction.remove(first.key);
    const record = decodeRecord(bytes) as ValueMap;
    return { payload: record.get('payload'), sentAt: record.get('sentAt') as number };
  }

  /** Resolves at the next {@link announce}, or after `ms` milliseconds. */
  async nextChange(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#listeners.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#listeners.add(finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }
}
