/** SessionApi is sessions as programs that embed the runtime use them: plain objects, dates, promises. */
import { type PlainValue, toPlain } from './base/value.js';
import { type CreateSessionOptions, requireStoragePath, startOptions } from './create-options.js';
import { asMap, type Metadata } from './detail-api.js';
import { type Session, SessionPage, toSession } from './program-session.js';
import type { TargetNames } from './provider/registry.js';
import type { Fitness, Requirements } from './provider/requirements.js';
import { startSession } from './session/conversation-start.js';
import type { SessionAction, SessionStatus } from './session/lifecycle.js';
import { sessionNotFound } from './session/session-errors.js';
import type { SessionChanges } from './session/session-options.js';
import type { SessionStats } from './session/session-store.js';
import type { TimeBound } from './session/time-bound.js';
import {
  type SessionCall,
  type SessionEvent,
  toSessionCall,
  toSessionEvent,
} from './session-audit.js';
import type { CleanUpOptions } from './session-care.js';
import { transact } from './storage/transaction.js';
import { TransferApi } from './transfer-api.js';

/** What a session must match; fields that are absent match everything. */
export interface ListSessionsOptions {
  readonly status?: SessionStatus;
  /** All of them. */
  readonly tags?: readonly string[];
  /** Keys of the metadata with their values. */
  readonly metadata?: Metadata;
  /** The same as `metadata`. */
  readonly filterMetadata?: Metadata;
  readonly parentSessionId?: string;
  readonly name?: string;
  readonly createdAfter?: TimeBound;
  readonly createdBefore?: TimeBound;
  readonly updatedAfter?: TimeBound;
  readonly updatedBefore?: TimeBound;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** Checkpoint is a place that a session can be taken up at: an artifact that a script stored for that, or a label. */
export interface Checkpoint {
  /** The id of the artifact; `null` for a checkpoint that a script made without one. */
  readonly artifact: string | null;
  /** `step_name` of the artifact's metadata, else its name. */
  readonly label: string;
  /** The entry in the journal of the session's run, for `runs.fork` and `runs.replay`; `null` when it has none. */
  readonly seq: number | null;
  readonly createdAt: Date;
  readonly metadata: Readonly<Record<string, PlainValue>>;
}

export class SessionApi extends TransferApi {
  /**
   * Makes an active session; a text is its name.
   *
   * @throws SpellError `SESSION_EXISTS`, `SESSION_NOT_FOUND` (the parent), `LIMIT_SESSIONS`, `BAD_ARGUMENT`
   */
  async create(options: CreateSessionOptions | string = {}): Promise<Session> {
    const own: CreateSessionOptions = typeof options === 'string' ? { name: options } : options;
    requireStoragePath(this.services, own.storagePath);
    const stores = await this.services.stores();
    await stores.care.makeRoom(this.inUse());
    const session = await startSession(
      stores,
      { ...startOptions(own), actor: this.services.access.maker },
      async (change) => toSession(await transact(stores.backend, change)),
    );
    this.rememberTools(session.id, own.tools ?? own.config?.tools ?? []);
    return session;
  }

  /** Like {@link create}; the runs that start from then on have it as their current session. */
  async createAndUse(options: CreateSessionOptions | string = {}): Promise<Session> {
    const session = await this.create(options);
    this.current = session.id;
    return session;
  }

  /** `undefined` when there is no such session. */
  async get(id: string): Promise<Session | undefined> {
    const { sessions } = await this.services.stores();
    const record = await sessions.get(id);
    return record === undefined ? undefined : toSession(record);
  }

  /**
   * The session with this id, or the only one whose id begins so.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  async find(idOrPrefix: string): Promise<Session> {
    const { sessions } = await this.services.stores();
    return toSession(await sessions.find(idOrPrefix));
  }

  /** The sessions that match, the one that changed last first. */
  async list(options: ListSessionsOptions = {}): Promise<SessionPage> {
    const { sessions } = await this.services.stores();
    const { filterMetadata, metadata = filterMetadata, ...rest } = options;
    const filter = metadata === undefined ? rest : { ...rest, metadata: asMap(metadata) };
    const page = await sessions.list(filter);
    return new SessionPage(page.items.map(toSession), page.next ?? null);
  }

  async children(id: string): Promise<readonly Session[]> {
    const { sessions } = await this.services.stores();
    return (await sessions.children(id)).map(toSession);
  }

  /** The artifacts with `checkpoint: true` in their metadata, and the checkpoints that a run made, oldest first. */
  async checkpoints(id: string): Promise<readonly Checkpoint[]> {
    return (await this.services.sessionRuns().checkpoints(id)).map(
      ({ artifact, label, seq, at }) => ({
        artifact: artifact?.id ?? null,
        label,
        seq,
        createdAt: new Date(at),
        metadata: toPlain(artifact?.metadata ?? new Map()) as Record<string, PlainValue>,
      }),
    );
  }

  /** What happened to the session, in order. @throws SpellError `SESSION_NOT_FOUND` */
  async timeline(id: string): Promise<readonly SessionEvent[]> {
    return (await this.services.story().timeline(id)).map(toSessionEvent);
  }

  /** The recorded calls that concern the session, in order. @throws SpellError `SESSION_NOT_FOUND` */
  async journal(id: string): Promise<readonly SessionCall[]> {
    return (await this.services.story().journal(id)).map(toSessionCall);
  }

  /** Resolves when the session's state is as safe as `sync` makes it. @throws SpellError `SESSION_NOT_FOUND` */
  async save(id: string): Promise<void> {
    const { sessions } = await this.services.stores();
    await sessions.save(id);
  }

  suspend(id: string): Promise<Session> {
    return this.#transition(id, 'suspend');
  }

  resume(id: string): Promise<Session> {
    return this.#transition(id, 'resume');
  }

  complete(id: string): Promise<Session> {
    return this.#transition(id, 'complete');
  }

  fail(id: string, reason?: string): Promise<Session> {
    return this.#transition(id, 'fail', reason);
  }

  /** Lays `changes` over the metadata, key by key; `null` removes a key. */
  async updateMetadata(id: string, changes: Metadata): Promise<Session> {
    const { backend, sessions } = await this.services.stores();
    const map = asMap(changes);
    return toSession(await transact(backend, (tx) => sessions.updateMetadata(tx, id, map)));
  }

  /** The metadata alone; `undefined` when there is no such session. */
  async getMetadata(id: string): Promise<Session['metadata'] | undefined> {
    return (await this.get(id))?.metadata;
  }

  async update(id: string, changes: SessionChanges): Promise<Session> {
    const { backend, sessions } = await this.services.stores();
    return toSession(await transact(backend, (tx) => sessions.update(tx, id, changes)));
  }

  /** Deletes a session with its artifacts. @returns Whether there was one. */
  async delete(id: string, options: { readonly recursive?: boolean } = {}): Promise<boolean> {
    const stores = await this.services.stores();
    const removed = await stores.care.delete(id, options);
    await stores.backend.flush();
    if (removed) this.forgetTools(id);
    if (removed && this.current === id) this.current = undefined;
    return removed;
  }

  /** Deletes sessions that nobody changed for some time. @returns Their ids. */
  async cleanup(options: CleanUpOptions): Promise<readonly string[]> {
    const stores = await this.services.stores();
    const removed = await stores.care.cleanUp(options, this.inUse());
    await stores.backend.flush();
    return removed;
  }

  async stats(): Promise<SessionStats> {
    const { sessions } = await this.services.stores();
    return sessions.stats();
  }

  /** The session that runs start with as their current one. */
  getCurrent(): string | undefined {
    return this.current;
  }

  /** @throws SpellError `SESSION_NOT_FOUND` */
  async setCurrent(id: string | undefined): Promise<void> {
    if (id !== undefined && (await this.get(id)) === undefined) throw sessionNotFound(id);
    this.current = id;
  }

  /** Like {@link setCurrent}. @returns Whether there is such a session. */
  async use(id: string): Promise<boolean> {
    const isThere = (await this.get(id)) !== undefined;
    if (isThere) this.current = id;
    return isThere;
  }

  /** Gives a session another name. @throws SpellError `SESSION_NOT_FOUND` */
  rename(id: string, name: string): Promise<Session> {
    return this.update(id, { name });
  }

  /**
   * Whether the model that answers in a session meets requirements, see `llm.validateForTask`.
   *
   * @throws SpellError `SESSION_NOT_FOUND`
   */
  async validateModelForTask(id: string, requirements: Requirements): Promise<Fitness> {
    const { sessions, details } = await this.services.stores();
    if ((await sessions.get(id)) === undefined) throw sessionNotFound(id);
    const { provider, model } = await details.settings(id);
    const names: TargetNames = { provider: provider ?? undefined, model: model ?? undefined };
    return (await this.services.models()).validateForTask(requirements, names);
  }

  async #transition(id: string, action: SessionAction, reason?: string): Promise<Session> {
    const { backend, sessions } = await this.services.stores();
    return toSession(
      await transact(backend, (tx) => sessions.transition(tx, id, action, { reason })),
    );
  }
}
