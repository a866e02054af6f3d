/** SessionRuns finds the run behind a session, and the places in it that have names of the session. */
import type { ArtifactRecord } from './artifact/artifact.js';
import { SpellError } from './base/errors.js';
import { type LineageCheckpoint, readLineage } from './run/checkpoint-reader.js';
import type { RunRecord } from './run/run-record.js';
import type { RunStore } from './run/run-store.js';
import type { SessionRecord } from './session/session.js';
import { sessionNotFound } from './session/session-errors.js';
import type { SessionStore } from './session/session-store.js';
import type { SessionCare } from './session-care.js';
import type { Backend } from './storage/storage.js';

/** What is kept. */
export interface SessionRunsStores {
  readonly backend: Backend;
  readonly sessions: SessionStore;
  readonly runs: RunStore;
  readonly care: SessionCare;
}

/** SessionCheckpoint is a place that a session can be taken up at. */
export interface SessionCheckpoint {
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The artifact that was stored as a checkpoint; `null` for one that a script made without. */
  readonly artifact: ArtifactRecord | null;
  /** The entry in the journal of the session's run; `null` when its run made no checkpoint of it. */
  readonly seq: number | null;
}

/** Runs that one read of the list takes. */
const PAGE = 100;

export class SessionRuns {
  constructor(private readonly stores: () => Promise<SessionRunsStores>) {}

  /**
   * The run that created a session; for a session that a program created, the newest run that was started in it.
   *
   * @param except A run that does not count, such as the one that asks.
   */
  async runOf(session: SessionRecord, except?: string): Promise<RunRecord | undefined> {
    const { runs } = await this.stores();
    const creator = session.run === null ? undefined : await runs.get(session.run);
    if (creator !== undefined) return creator.id === except ? undefined : creator;
    for await (const record of this.#newestFirst()) {
      if (record.currentSession === session.id && record.id !== except) return record;
    }
    return undefined;
  }

  /** The id of the run behind a session. @throws SpellError `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` */
  async idOf(session: string): Promise<string> {
    const record = await this.runOf(await this.require(session));
    if (record === undefined) throw noRunOf(session);
    return record.id;
  }

  /** The sessions that runs were started in, those of `except` alone left out. */
  async startedIn(except: string): Promise<ReadonlySet<string>> {
    const sessions = new Set<string>();
    for await (const { id, currentSession } of this.#newestFirst()) {
      if (currentSession !== null && id !== except) sessions.add(currentSession);
    }
    return sessions;
  }

  /**
   * The places at which a session can be taken up, oldest first: artifacts that were stored with `checkpoint = true` in
   * their metadata, and the checkpoints that its run made for it.
   */
  async checkpoints(id: string): Promise<SessionCheckpoint[]> {
    const { sessions, care } = await this.stores();
    const steps = (await care.checkpoints(id)).map(
      ({ record, label }): SessionCheckpoint => ({
        label,
        at: record.createdAt,
        artifact: record,
        seq: null,
      }),
    );
    const session = await sessions.get(id);
    if (session === undefined) return steps;
    for (const { label, at, seq } of await this.#labelled(session)) {
      // A save makes the checkpoint of the step that was stored last.
      const step = steps.findLastIndex((one) => one.label === label && one.at <= at);
      const stored = steps[step];
      if (stored?.artifact) steps[step] = { ...stored, seq };
      else steps.push({ label, at, artifact: null, seq });
    }
    return steps.sort((a, b) => a.at - b.at);
  }

  /**
   * The entry of the newest checkpoint of a session that has a label; the label itself when the session has none like
   * that, since its run may.
   */
  async pointOf(session: string, at: number | string): Promise<number | string> {
    if (typeof at === 'number') return at;
    const found = (await this.checkpoints(session)).findLast(
      ({ label, seq }) => label === at && seq !== null,
    );
    return found?.seq ?? at;
  }

  /** @throws SpellError `SESSION_NOT_FOUND` */
  async require(id: string): Promise<SessionRecord> {
    const { sessions } = await this.stores();
    const session = await sessions.get(id);
    if (session === undefined) throw sessionNotFound(id);
    return session;
  }

  async #labelled(session: SessionRecord) {
    const stores = await this.stores();
    const record = await this.runOf(session);
    if (record === undefined) return [];
    const own = (id: string) => record.ids.get(id) ?? id;
    return (await readLineage(stores, record)).flatMap(({ checkpoint }: LineageCheckpoint) => {
      const { label, session: of, at, seq } = checkpoint;
      return label !== null && of !== null && own(of) === session.id ? [{ label, at, seq }] : [];
    });
  }

  async *#newestFirst(): AsyncGenerator<RunRecord> {
    const { runs } = await this.stores();
    for (let cursor: string | undefined; ; ) {
      const { items, next } = await runs.list({ limit: PAGE, cursor });
      yield* items;
      if (next === null) return;
      cursor = next;
    }
  }
}

export function noRunOf(session: string): SpellError {
  return new SpellError('RUN_NOT_FOUND', `no run is kept that created session "${session}"`, {
    hint: 'Runs are kept on persistent storage, unless durability is switched off.',
    details: { session },
  });
}

export function ownRun(session: string, run: string): SpellError {
  return new SpellError(
    'RUN_STATE',
    `session "${session}" was created by this run, which is still going on`,
    {
      hint: 'Do it from another script, or with llmspell replay and llmspell fork.',
      details: { run, session },
    },
  );
}
