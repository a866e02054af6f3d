/**
 * SignalStore keeps events that one run or program sends to a session until a run that waits for them takes them, in
 * the order in which they were sent, each once.
 */

import type { Clock } from '../base/clock.js';
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import type { IdSource } from '../base/ids.js';
import type { Redactor } from '../base/redactor.js';
import type { Value, ValueMap } from '../base/value.js';
import { whenAborted } from '../base/when-aborted.js';
import { FAMILY, key, prefixRange, timeComponent } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';

export interface Signal {
  readonly payload: Value;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export class SignalStore {
  /** Those who wait in this process, by what they wait for: told at once. */
  readonly #listeners = new Map<string, Set<() => void>>();
  /** How many they are. */
  #waiting = 0;

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

  /** Tells those who wait here that an event was sent; call it once the sending is committed. */
  announce(session: string, name: string): void {
    for (const listener of this.#listeners.get(mailbox(session, name)) ?? []) listener();
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

  /**
   * Resolves when it is time to look again: at the next {@link announce}, after a while since another process may have
   * sent the event, or after `ms` milliseconds.
   */
  async nextChange(session: string, name: string, ms: number, signal: AbortSignal): Promise<void> {
    // However many wait, the process does not look more often altogether.
    const lookMs = LOOK_MS * Math.max(1, this.#waiting / UNHURRIED);
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#forget(mailbox(session, name), finish);
        stopListening();
        resolve();
      };
      const timer = setTimeout(finish, Math.min(ms, lookMs));
      this.#remember(mailbox(session, name), finish);
      const stopListening = whenAborted(signal, finish);
    });
  }

  #remember(box: string, listener: () => void): void {
    const listeners = this.#listeners.get(box) ?? new Set();
    this.#listeners.set(box, listeners.add(listener));
    this.#waiting += 1;
  }

  #forget(box: string, listener: () => void): void {
    const listeners = this.#listeners.get(box);
    if (listeners?.delete(listener) === true) this.#waiting -= 1;
    if (listeners?.size === 0) this.#listeners.delete(box);
  }
}

/** How often somebody who waits looks for events that another process has sent. */
const LOOK_MS = 250;
/** When more wait, each looks less often. */
const UNHURRIED = 500;

function mailbox(session: string, name: string): string {
  return JSON.stringify([session, name]);
}
