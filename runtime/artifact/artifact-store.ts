/**
 * ArtifactStore keeps artifacts: a record for each, with the content once in the content store for all that share it.
 * What changes something takes the transaction that the change belongs to. Contents are prepared before, outside of the
 * transaction, so that megabytes are hashed and written once however often the transaction has to be tried.
 */
import type { Clock } from '../base/clock.js';
import type { IdSource } from '../base/ids.js';
import type { Redactor } from '../base/redactor.js';
import type { ValueMap } from '../base/value.js';
import type { ContentStore, PreparedContent } from '../content/content-store.js';
import type { Page } from '../session/index-walk.js';
import { requireReach } from '../session/isolation.js';
import { requireActive } from '../session/lifecycle.js';
import type { SessionStore } from '../session/session-store.js';
import { prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import {
  type ArtifactRecord,
  checkArtifact,
  decodeArtifact,
  mimeTypeOf,
  tagsOf,
} from './artifact.js';
import { contentTooLarge, tooManyArtifacts } from './artifact-errors.js';
import {
  artifactKey,
  nextSequence,
  raiseSequence,
  removeArtifact,
  sequenceCounters,
  writeArtifact,
} from './artifact-index.js';
import {
  type ArtifactFilter,
  type ArtifactReference,
  findArtifact,
  queryArtifacts,
  readArtifact,
  resolveReference,
} from './artifact-query.js';
import { type ArtifactStats, countArtifacts } from './artifact-stats.js';
import { wholeContent } from './whole-content.js';

export interface ArtifactLimits {
  readonly maxArtifactsPerSession: number;
  /** Bytes of one content. */
  readonly maxArtifactBytes: number;
  /** Scripts reach no artifacts but those of their current session. */
  readonly strictIsolation: boolean;
}

export interface ArtifactStoreOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  readonly limits: ArtifactLimits;
  /** Looks at contents, names and metadata before they are stored. */
  readonly redactor?: Redactor | undefined;
}

export interface NewArtifact {
  readonly sessionId: string;
  readonly type: string;
  readonly name: string;
  /** What {@link ArtifactStore.prepare} returned. */
  readonly content: PreparedContent;
  readonly metadata?: ValueMap | undefined;
  /** What the metadata and the name suggest when absent. */
  readonly mimeType?: string | undefined;
  readonly run?: string | undefined;
  /** Who a program acts for that stores it. */
  readonly actor?: string | undefined;
  /** The position of the storing call in the journal of the run. */
  readonly seq?: number | undefined;
  /** What made the content, such as `tool:compression`. */
  readonly producer?: string | undefined;
}

/** Artifacts that one transaction of {@link ArtifactStore.removeAllOf} removes. */
const REMOVAL_BATCH = 100;

export class ArtifactStore {
  readonly limits: ArtifactLimits;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #sessions: SessionStore;
  readonly #contents: ContentStore;
  readonly #redactor: Redactor | undefined;

  constructor(options: ArtifactStoreOptions) {
    this.limits = options.limits;
    this.#backend = options.backend;
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#sessions = options.sessions;
    this.#contents = options.contents;
    this.#redactor = options.redactor;
  }

  /**
   * Takes a content in, ready for {@link add}. What is never added should be discarded with the content store. Where a
   * redactor has to look at it, the content is in memory as a whole for that time.
   *
   * @throws SpellError `TOO_LARGE` as soon as the limit is passed.
   */
  async prepare(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<PreparedContent> {
    const limits = { ...options, maxBytes: this.limits.maxArtifactBytes };
    if (this.#redactor === undefined) return this.#contents.prepare(content, limits);
    // In one piece: what is to be found may lie across the border of two.
    const whole = await wholeContent(content, limits);
    return this.#contents.prepare(this.#redactor.bytes(whole, 'content'), limits);
  }

  /**
   * Adds an artifact to an active session.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `LIMIT_ARTIFACTS`, `ARTIFACT_TYPE`, `BAD_ARGUMENT`,
   * `TOO_LARGE`
   */
  async add(transaction: Transaction, artifact: NewArtifact): Promise<ArtifactRecord> {
    const { sessionId, type, content } = artifact;
    const { name, metadata } = this.#redacted(artifact);
    checkArtifact(type, name, metadata);
    const { maxArtifactBytes, maxArtifactsPerSession } = this.limits;
    if (content.size > maxArtifactBytes)
      throw contentTooLarge(name, content.size, maxArtifactBytes);
    const session = await this.#sessions.require(transaction, sessionId);
    requireActive(session, 'store an artifact in');
    if (session.artifactCount >= maxArtifactsPerSession) {
      throw tooManyArtifacts(sessionId, maxArtifactsPerSession);
    }
    const blob = await this.#contents.reference(transaction, content);
    const bytes = writeArtifact(transaction, {
      id: this.#ids.next(),
      sessionId,
      type,
      name,
      contentHash: blob.hash,
      size: blob.size,
      storedSize: blob.storedSize,
      mimeType: artifact.mimeType ?? mimeTypeOf(name, metadata),
      tags: tagsOf(metadata),
      metadata,
      sequence: await nextSequence(transaction, sessionId, name),
      createdAt: this.#clock.now(),
      run: artifact.run ?? null,
      actor: artifact.actor,
      seq: artifact.seq ?? null,
      producer: artifact.producer ?? null,
    });
    await this.#sessions.adjustCount(transaction, sessionId, 'artifactCount', 1);
    return decodeArtifact(bytes);
  }

  /** Takes in a record that was made elsewhere, such as a fork's copy; its content is counted by the caller. */
  async adopt(transaction: Transaction, record: ArtifactRecord): Promise<void> {
    await raiseSequence(transaction, record);
    writeArtifact(transaction, record);
  }

  /** Adds several artifacts, all of them or none. Throws what {@link add} throws. */
  async addMany(
    transaction: Transaction,
    artifacts: readonly NewArtifact[],
  ): Promise<ArtifactRecord[]> {
    const records: ArtifactRecord[] = [];
    for (const artifact of artifacts) records.push(await this.add(transaction, artifact));
    return records;
  }

  /**
   * The artifact with this id or reference; `undefined` when there is none in that session.
   *
   * @param sessionId The session that it must belong to; `undefined` looks in all of them.
   */
  async get(
    sessionId: string | undefined,
    id: string | ArtifactReference,
  ): Promise<ArtifactRecord | undefined> {
    const record = await (typeof id === 'string'
      ? readArtifact(this.#backend, id)
      : resolveReference(this.#backend, id));
    return sessionId === undefined || record?.sessionId === sessionId ? record : undefined;
  }

  /**
   * The artifact with this id, or the only one whose id begins so, in any session.
   *
   * @throws SpellError `ARTIFACT_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  find(idOrPrefix: string): Promise<ArtifactRecord> {
    return findArtifact(this.#backend, idOrPrefix);
  }

  /** @throws SpellError `ARTIFACT_CORRUPT` when storage does not hold what was stored. */
  readContent(record: ArtifactRecord): Promise<Uint8Array> {
    return this.#contents.read(record.contentHash);
  }

  /** The content in pieces. Throws what {@link readContent} throws, at the latest when it ends. */
  streamContent(record: ArtifactRecord): AsyncIterable<Uint8Array> {
    return this.#contents.stream(record.contentHash);
  }

  /** The artifacts of a session in the order in which they were stored. */
  list(
    sessionId: string,
    options: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
  ): Promise<Page<ArtifactRecord>> {
    return queryArtifacts(this.#backend, { ...options, sessionId }, 'oldest first');
  }

  /**
   * The artifacts that match, newest first.
   *
   * @throws SpellError `BAD_ARGUMENT` for a filter that makes no sense.
   */
  query(filter: ArtifactFilter): Promise<Page<ArtifactRecord>> {
    return queryArtifacts(this.#backend, filter);
  }

  /**
   * Removes an artifact, and its content when no other artifact has it. The state of the session does not matter.
   *
   * @returns Whether it was there, in that session.
   */
  async remove(
    transaction: Transaction,
    sessionId: string,
    id: string | ArtifactReference,
  ): Promise<boolean> {
    const found = await this.get(sessionId, id);
    if (found === undefined) return false;
    const isRemoved = await this.#removeOne(transaction, found.id);
    if (isRemoved) {
      await this.#sessions.adjustCount(transaction, sessionId, 'artifactCount', -1);
    }
    return isRemoved;
  }

  /**
   * Removes every artifact of a session, a bounded number in each transaction of its own. The session does not count
   * as changed. When an artifact is added meanwhile it may stay, and the session then refuses to be removed.
   *
   * @returns How many were removed.
   */
  async removeAllOf(sessionId: string): Promise<number> {
    let removed = 0;
    for (;;) {
      const { items } = await this.list(sessionId, { limit: REMOVAL_BATCH });
      if (items.length === 0) break;
      removed += await transact(this.#backend, (tx) => this.#removeBatch(tx, sessionId, items));
    }
    await this.#forgetSequences(sessionId);
    return removed;
  }

  /** Refuses, under strict isolation, a script that reaches beyond its current session. See {@link requireReach}. */
  requireReach(sessionId: string, current: string | undefined): void {
    if (this.limits.strictIsolation) requireReach(sessionId, current);
  }

  /** Counts of one session, or of all; reads every record. */
  stats(sessionId?: string): Promise<ArtifactStats> {
    return countArtifacts(this.#backend, sessionId);
  }

  #redacted({ name, metadata = new Map() }: NewArtifact): { name: string; metadata: ValueMap } {
    if (this.#redactor === undefined) return { name, metadata };
    return {
      name: this.#redactor.text(name, 'metadata'),
      metadata: this.#redactor.value(metadata, 'metadata'),
    };
  }

  async #removeOne(transaction: Transaction, id: string): Promise<boolean> {
    // Read again within the transaction: two removals must not release the content twice.
    const bytes = await transaction.get(artifactKey(id));
    if (bytes === undefined) return false;
    const record = decodeArtifact(bytes);
    await this.#contents.release(transaction, record.contentHash);
    removeArtifact(transaction, record);
    return true;
  }

  async #removeBatch(
    transaction: Transaction,
    sessionId: string,
    records: readonly ArtifactRecord[],
  ): Promise<number> {
    let removed = 0;
    for (const record of records) if (await this.#removeOne(transaction, record.id)) removed += 1;
    if (removed > 0) {
      await this.#sessions.adjustCount(transaction, sessionId, 'artifactCount', -removed, {
        isUse: false,
      });
    }
    return removed;
  }

  /** Forgets the numbers of a session without artifacts, so that nothing of it is left when it is removed. */
  async #forgetSequences(sessionId: string): Promise<void> {
    const range = { ...prefixRange(sequenceCounters(sessionId)), limit: REMOVAL_BATCH };
    for (;;) {
      const counters = await this.#backend.range(range);
      const isForgotten = await transact(this.#backend, async (tx) => {
        const session = await this.#sessions.read(tx, sessionId);
        const isEmpty = session === undefined || session.artifactCount === 0;
        if (isEmpty) for (const counter of counters) tx.remove(counter.key);
        return isEmpty && counters.length > 0;
      });
      if (!isForgotten) return;
    }
  }
}
