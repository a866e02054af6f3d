import { afterEach, beforeEach } from 'vitest';
import type { Clock } from '../../runtime/base/clock.js';
import { type IdSource, uuidSource } from '../../runtime/base/ids.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import { fromPlain, type ValueMap } from '../../runtime/base/value.js';
import type { SessionAction } from '../../runtime/session/lifecycle.js';
import type { SessionRecord } from '../../runtime/session/session.js';
import type { SessionChanges, SessionOptions } from '../../runtime/session/session-options.js';
import { type SessionLimits, SessionStore } from '../../runtime/session/session-store.js';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import { createMemoryBackend } from '../../runtime/storage/memory.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** 2026-11-21T08:00:00.000Z, where the clocks of these tests start. */
export const START_MS = Date.UTC(2026, 10, 21, 8);

export const BACKENDS: [string, () => Promise<Backend>][] = [
  ['memory', async () => createMemoryBackend()],
  ['lmdb', () => openLmdbBackend({ path: temporaryFolder(), sync: 'relaxed' })],
];

export const NO_LIMITS: SessionLimits = {
  maxSessions: 1_000_000,
  timeoutSeconds: 0,
  retentionDays: 0,
};

/** A clock that stands still until a test moves it. */
export class SettableClock implements Clock {
  nowMs = START_MS;

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  cpuSeconds(): number {
    return 0;
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}

/** The parts that a test of sessions works with, each change in a transaction of its own. */
export class SessionFixture {
  backend!: Backend;
  clock!: SettableClock;
  ids!: IdSource;
  store!: SessionStore;

  /** Opens new, empty storage before every test and closes it afterwards. */
  constructor(open: () => Promise<Backend>) {
    beforeEach(async () => {
      this.backend = await open();
      this.clock = new SettableClock();
      this.ids = uuidSource(this.clock, createSystemRandom());
      this.store = this.storeWith({});
    });
    afterEach(() => this.backend.close());
  }

  /** Another store on the same storage. */
  storeWith(limits: Partial<SessionLimits>): SessionStore {
    const { backend, clock, ids } = this;
    return new SessionStore({ backend, clock, ids, limits: { ...NO_LIMITS, ...limits } });
  }

  create(options?: SessionOptions, store = this.store): Promise<SessionRecord> {
    return transact(this.backend, (tx) => store.create(tx, options));
  }

  transition(
    id: string,
    action: SessionAction,
    reason?: string,
    store = this.store,
  ): Promise<SessionRecord> {
    return transact(this.backend, (tx) => store.transition(tx, id, action, { reason }));
  }

  updateMetadata(id: string, changes: ValueMap): Promise<SessionRecord> {
    return transact(this.backend, (tx) => this.store.updateMetadata(tx, id, changes));
  }

  update(id: string, changes: SessionChanges): Promise<SessionRecord> {
    return transact(this.backend, (tx) => this.store.update(tx, id, changes));
  }

  remove(id: string): Promise<boolean> {
    return transact(this.backend, (tx) => this.store.remove(tx, id));
  }

  /** Every key in the storage but the ones that say what storage it is. */
  async keys(): Promise<string[]> {
    const entries = await this.backend.range({ start: ' ', end: '~' });
    return entries.map((entry) => entry.key).filter((key) => !key.startsWith('meta/'));
  }
}

export function table(fields: Record<string, unknown>): ValueMap {
  return fromPlain(fields) as ValueMap;
}

export function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map((record) => record.id);
}
