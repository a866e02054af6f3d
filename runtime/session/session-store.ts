/**
 * SessionStore keeps sessions. What changes one takes the transaction that the change belongs to, so a caller can
 * commit it together with others, and with the journal entry that tells of it.
 *
 * Records that come out are the caller's own: neither they nor the tables that went in are shared with the store.
 */
import type { Clock } from '../base/clock.js';
import type { IdSource } from '../base/ids.js';
import type { Redactor } from '../base/redactor.js';
import type { ValueMap } from '../base/value.js';
import type { Backend } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { belongingsOf, keyOf, WITH_EVENTS } from './belongings.js';
import type { Page } from './index-walk.js';
import {
  nextStatus,
  SESSION_STATUSES,
  type SessionAction,
  type SessionStatus,
} from './lifecycle.js';
import { countChange, countOpen } from './open-sessions.js';
import { decodeSession, type SessionRecord } from './session.js';
import { sessionExists, sessionNotFound, stillHas } from './session-errors.js';
import { removeSession, sessionKey, writeSession } from './session-index.js';
import {
  checkMetadata,
  checkSessionChanges,
  checkSessionOptions,
  mergeMetadata,
  type SessionChanges,
  type SessionOptions,
} from './session-options.js';
import {
  countSessions,
  findSession,
  listSessions,
  readSession,
  type SessionFilter,
} from './session-query.js';

export interface SessionLimits {
  /** The most sessions that may be active, or suspended by their user, at the same time. */
  readonly maxSessions: number;
  /** Seconds without a change after which an active session counts as idle; 0: never. */
  readonly timeoutSeconds: number;
  /** Days without a change after which a completed or failed session may be deleted; 0: never. */
  readonly retentionDays: number;
}

export interface SessionStats {
  readonly total: number;
  /** Sessions that `max_sessions` counts. */
  readonly open: number;
  readonly byStatus: Readonly<Record<SessionStatus, number>>;
}

export interface SessionStoreOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly limits: SessionLimits;
  readonly redactor?: Redactor | undefined;
}

export class SessionStore {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** Looks at everything that people write into a session before it is stored. */
  readonly redactor: Redactor | undefined;
  readonly #ids: IdSource;

  constructor(options: SessionStoreOptions) {
    this.backend = options.backend;
    this.clock = options.clock;
    this.limits = options.limits;
    this.#ids = options.ids;
    this.redactor = options.redactor;
  }

  /**
   * Makes an active session.
   *
   * @throws SpellError `SESSION_EXISTS`, `SESSION_NOT_FOUND` (the parent), `LIMIT_SESSIONS`, `BAD_ARGUMENT`,
   * `TOO_LARGE`
   */
  async create(transaction: Transaction, given: SessionOptions = {}): Promise<SessionRecord> {
    const { id: ownId, parentSessionId, run, actor, ...written } = given;
    const options = { id: ownId, parentSessionId, run, ...this.#redacted(written) };
    checkSessionOptions(options);
    const id = options.id ?? this.#ids.next();
    if ((await transaction.get(sessionKey(id))) !== undefined) throw sessionExists(id);
    if (options.parentSessionId !== undefined) {
      await this.require(transaction, options.parentSessionId);
    }
    const now = this.clock.now();
    return this.#write(transaction, undefined, {
      id,
      name: options.name ?? null,
      description: options.description ?? null,
      status: 'active',
      suspendedBy: null,
      tags: [...new Set(options.tags ?? [])],
      metadata: options.metadata ?? new Map(),
      parentSessionId: options.parentSessionId ?? null,
      createdAt: now,
      updatedAt: now,
      run: options.run ?? null,
      actor,
      messageCount: 0,
      artifactCount: 0,
      failureReason: null,
      forkedFrom: null,
    });
  }

  /**
   * Takes in a record that was made elsewhere, such as a fork's copy, exactly as it is.
   *
   * @throws SpellError `SESSION_EXISTS`, `LIMIT_SESSIONS`
   */
  async adopt(transaction: Transaction, record: SessionRecord): Promise<SessionRecord> {
    if ((await transaction.get(sessionKey(record.id))) !== undefined)
      throw sessionExists(record.id);
    return this.#write(transaction, undefined, record);
  }

  /**
   * Puts another record in the place of the one with its id, exactly as it is.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `LIMIT_SESSIONS`
   */
  async replace(transaction: Transaction, record: SessionRecord): Promise<SessionRecord> {
    return this.#write(transaction, await this.require(transaction, record.id), record);
  }

  /**
   * Moves a session through its lifecycle.
   *
   * @param options `reason` says why a session failed; other actions have no use for it.
   * @throws SpellError `SESSION_NOT_FOUND`; `SESSION_STATE` for a forbidden move; `LIMIT_SESSIONS` when a session that
   * the idle timeout had suspended is resumed and others have taken its place.
   */
  async transition(
    transaction: Transaction,
    id: string,
    action: SessionAction,
    options: { readonly reason?: string | undefined } = {},
  ): Promise<SessionRecord> {
    const before = await this.require(transaction, id);
    const status = nextStatus(before, action);
    return this.#write(transaction, before, {
      ...before,
      status,
      suspendedBy: status === 'suspended' ? 'user' : null,
      failureReason: action === 'fail' ? (this.#redacted(options.reason) ?? null) : null,
      updatedAt: this.clock.now(),
    });
  }

  /**
   * Suspends a session for its idleness, unless it was used or left the active state by now. Its time of the last
   * change stays: that nobody touched it is the point.
   *
   * @returns Whether it was suspended.
   */
  async suspendIfIdle(
    transaction: Transaction,
    id: string,
    unchangedSinceMs: number,
  ): Promise<boolean> {
    const before = await this.read(transaction, id);
    if (before === undefined || before.status !== 'active') return false;
    if (before.updatedAt > unchangedSinceMs) return false;
    const after = {
      ...before,
      status: nextStatus(before, 'suspend'),
      suspendedBy: 'timeout',
    } as const;
    await this.#write(transaction, before, after);
    return true;
  }

  /**
   * Lays `changes` over the metadata, key by key; nested tables are replaced, not merged. `JSON.null` removes a key.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `TOO_LARGE`
   */
  async updateMetadata(
    transaction: Transaction,
    id: string,
    changes: ValueMap,
  ): Promise<SessionRecord> {
    const before = await this.require(transaction, id);
    const metadata = mergeMetadata(before.metadata, this.#redacted(changes));
    checkMetadata(metadata);
    return this.#write(transaction, before, { ...before, metadata, updatedAt: this.clock.now() });
  }

  /** @throws SpellError `SESSION_NOT_FOUND`, `BAD_ARGUMENT` */
  async update(
    transaction: Transaction,
    id: string,
    given: SessionChanges,
  ): Promise<SessionRecord> {
    const changes = this.#redacted(given);
    checkSessionChanges(changes);
    const before = await this.require(transaction, id);
    return this.#write(transaction, before, {
      ...before,
      name: changes.name === undefined ? before.name : changes.name,
      description: changes.description === undefined ? before.description : changes.description,
      tags: changes.tags === undefined ? before.tags : [...new Set(changes.tags)],
      updatedAt: this.clock.now(),
    });
  }

  /**
   * Removes a session with its index rows and what is left of its belongings; its children stay and keep its id as
   * their parent's.
   *
   * @returns Whether it was there.
   * @throws SpellError `SESSION_STATE` while it has artifacts or messages: they are removed first, so none is ever left
   * behind.
   */
  async remove(transaction: Transaction, id: string): Promise<boolean> {
    const before = await this.read(transaction, id);
    if (before === undefined) return false;
    if (before.artifactCount > 0) throw stillHas(before, 'artifacts');
    if (before.messageCount > 0) throw stillHas(before, 'messages');
    await countChange(transaction, before, undefined, this.limits.maxSessions);
    // Whoever adds a belonging writes the record too, so none can come between this and the commit.
    for await (const belonging of belongingsOf(this.backend, id, WITH_EVENTS)) {
      transaction.remove(keyOf(belonging));
    }
    removeSession(transaction, before);
    return true;
  }

  /**
   * Counts artifacts or messages in or out; a change of 0 only says that the session was used.
   *
   * @param options With `isUse` false the session does not count as changed: for removals by the system.
   * @throws SpellError `SESSION_NOT_FOUND`
   */
  async adjustCount(
    transaction: Transaction,
    id: string,
    counter: 'artifactCount' | 'messageCount',
    delta: number,
    options: { readonly isUse?: boolean } = {},
  ): Promise<SessionRecord> {
    const before = await this.require(transaction, id);
    const updatedAt = options.isUse === false ? before.updatedAt : this.clock.now();
    const count = before[counter] + delta;
    return this.#write(transaction, before, { ...before, [counter]: count, updatedAt });
  }

  /** The record as the transaction sees it; what is read may not change before its commit. */
  async read(transaction: Transaction, id: string): Promise<SessionRecord | undefined> {
    const bytes = await transaction.get(sessionKey(id));
    return bytes === undefined ? undefined : decodeSession(bytes);
  }

  /** Like {@link read}. @throws SpellError `SESSION_NOT_FOUND` */
  async require(transaction: Transaction, id: string): Promise<SessionRecord> {
    const record = await this.read(transaction, id);
    if (record === undefined) throw sessionNotFound(id);
    return record;
  }

  /**
   * Makes sure that everything about a session survives a power loss, as far as `sync` promises that. It is in storage
   * since each change was made.
   *
   * @throws SpellError `SESSION_NOT_FOUND`
   */
  async save(id: string): Promise<void> {
    if ((await this.get(id)) === undefined) throw sessionNotFound(id);
    await this.backend.flush();
  }

  /** The record of an id; `undefined` when there is none, whatever the id looks like. */
  get(id: string): Promise<SessionRecord | undefined> {
    return readSession(this.backend, id);
  }

  /**
   * The session with this id, or the only one whose id begins so.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  find(idOrPrefix: string): Promise<SessionRecord> {
    return findSession(this.backend, idOrPrefix);
  }

  /**
   * The sessions that match, the one that changed last first.
   *
   * @throws SpellError `BAD_ARGUMENT` for a filter that makes no sense.
   */
  list(filter: SessionFilter = {}): Promise<Page<SessionRecord>> {
    return listSessions(this.backend, filter);
  }

  /** The sessions that name this one as their parent. */
  async children(id: string): Promise<SessionRecord[]> {
    return (await this.list({ parentSessionId: id })).items;
  }

  /** How many sessions match. */
  async count(filter: SessionFilter = {}): Promise<number> {
    return countSessions(this.backend, filter);
  }

  async stats(): Promise<SessionStats> {
    const byStatus = { active: 0, suspended: 0, completed: 0, failed: 0 };
    for (const status of SESSION_STATUSES) byStatus[status] = await this.count({ status });
    const total = SESSION_STATUSES.reduce((sum, status) => sum + byStatus[status], 0);
    return { total, open: await countOpen(this.backend), byStatus };
  }

  /** What people wrote, without what must not be stored. */
  #redacted<T>(written: T): T {
    return this.redactor === undefined ? written : this.redactor.value(written, 'metadata');
  }

  /** Writes record, rows and counter; what it returns was decoded again, so nothing of it is the caller's. */
  async #write(
    transaction: Transaction,
    before: SessionRecord | undefined,
    after: SessionRecord,
  ): Promise<SessionRecord> {
    await countChange(transaction, before, after, this.limits.maxSessions);
    return decodeSession(writeSession(transaction, before, after));
  }
}
