/**
 * SessionCare is what crosses sessions, what is said in them, and artifacts: making sessions with the clean-up that the
 * configuration asks for, and deleting them with all that belongs to them.
 */
import { type ArtifactRecord, checkpointLabel } from './artifact/artifact.js';
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { Clock } from './base/clock.js';
import type { ConversationStore } from './session/conversation-store.js';
import { expiredSessions, suspendIdle } from './session/idle-sessions.js';
import { isFinal } from './session/lifecycle.js';
import type { SessionStore } from './session/session-store.js';
import { transact } from './storage/transaction.js';

const SECOND_MS = 1000;

export interface CleanUpOptions {
  /** Seconds without a change. */
  readonly olderThanSeconds: number;
  /** Only sessions in these states; completed and failed ones when absent. */
  readonly statuses?: readonly string[] | undefined;
  /** Only tells which sessions would go. */
  readonly dryRun?: boolean | undefined;
}

export interface SessionCheckpoint {
  readonly record: ArtifactRecord;
  /** `step_name` of its metadata, else its name. */
  readonly label: string;
}

export class SessionCare {
  constructor(
    private readonly sessions: SessionStore,
    private readonly artifacts: ArtifactStore,
    private readonly conversations: ConversationStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes room for a new session: sessions that were idle for too long are suspended, so that they do not count for
   * `max_sessions`, and finished ones that were kept for `retention_days` are deleted.
   *
   * @param inUse Ids of sessions that are in use although they did not change.
   */
  async makeRoom(inUse: ReadonlySet<string>): Promise<void> {
    await suspendIdle(this.sessions, inUse);
    for (const id of await expiredSessions(this.sessions)) {
      if (!inUse.has(id)) await this.delete(id);
    }
  }

  /**
   * Removes everything that keeps a session from being removed: its artifacts and messages, and with `recursive` its
   * descendants.
   *
   * @returns Whether there is such a session.
   */
  async empty(
    id: string,
    options: { readonly recursive?: boolean | undefined } = {},
  ): Promise<boolean> {
    if ((await this.sessions.get(id)) === undefined) return false;
    if (options.recursive === true) {
      for (const child of await this.sessions.children(id)) await this.delete(child.id, options);
    }
    await this.artifacts.removeAllOf(id);
    await this.conversations.removeAllOf(id);
    return true;
  }

  /**
   * Deletes a session with its artifacts and messages; with `recursive` its descendants too, children first.
   *
   * @returns Whether there was one.
   */
  async delete(
    id: string,
    options: { readonly recursive?: boolean | undefined } = {},
  ): Promise<boolean> {
    if (!(await this.empty(id, options))) return false;
    return transact(this.sessions.backend, (tx) => this.sessions.remove(tx, id));
  }

  /**
   * Deletes sessions that nobody has changed for some time.
   *
   * @param inUse Ids of sessions that stay in any case.
   * @returns The ids of the sessions that were deleted, or would be.
   */
  async cleanUp(options: CleanUpOptions, inUse: ReadonlySet<string>): Promise<string[]> {
    const before = new Date(this.clock.now() - options.olderThanSeconds * SECOND_MS);
    const { items } = await this.sessions.list({ updatedBefore: before });
    const ids = items
      .filter(({ status }) => options.statuses?.includes(status) ?? isFinal(status))
      .map(({ id }) => id)
      .filter((id) => !inUse.has(id));
    if (options.dryRun !== true) for (const id of ids) await this.delete(id);
    return ids;
  }

  /**
   * The artifacts of a session that were stored as its checkpoints, with `checkpoint = true` in their metadata, oldest
   * first.
   */
  async checkpoints(id: string): Promise<SessionCheckpoint[]> {
    const filter = { sessionId: id, metadata: new Map([['checkpoint', true]]) };
    const { items } = await this.artifacts.query(filter);
    return items.reverse().map((record) => {
      return { record, label: checkpointLabel(record) ?? record.name };
    });
  }
}
