/** SessionStory tells what happened to a session: the calls of its run that concern it, and its way in time. */
import type { ArtifactRecord } from './artifact/artifact.js';
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { ContentStore } from './content/content-store.js';
import { applyPatch, newRunState, stateOf } from './host/host-call.js';
import type { JournalEntry } from './journal/journal-entry.js';
import type { CallOutcome } from './journal/journal-event.js';
import { readPayload } from './journal/journal-reader.js';
import type { RunRecord } from './run/run-record.js';
import type { RunStore } from './run/run-store.js';
import { isFinal } from './session/lifecycle.js';
import type { SessionRecord } from './session/session.js';
import { sessionKey } from './session/session-index.js';
import type { SessionRuns } from './session-runs.js';

/** A recorded call with its place in the journal. */
export interface CallEntry {
  readonly seq: number;
  readonly at: number;
  /** Who the run acted for when it made the call; `null` when nobody was named. */
  readonly actor: string | null;
  readonly event: CallOutcome;
}

/** TimelineEvent is one moment in the life of a session. */
export interface TimelineEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The run that did it; `null` when no script did. */
  readonly run: string | null;
  /** Who that run acted for; `null` when nobody was named. */
  readonly actor: string | null;
  /** Entry of the journal of the session's run. */
  readonly seq: number | null;
  /** The branch of the run that made the call; `null` for what is no call. */
  readonly branch: string | null;
  readonly event:
    | 'run.start'
    | 'created'
    | 'status'
    | 'artifact'
    | 'call'
    | 'checkpoint'
    | 'run.end';
  /** The script, the status, the artifact's name, the call, or the checkpoint's label. */
  readonly detail: string;
  readonly where: string | null;
  /** Code of the error of a call that failed. */
  readonly error: string | null;
}

/** What is kept. */
export interface StoryStores {
  readonly artifacts: ArtifactStore;
  readonly runs: RunStore;
  readonly contents: ContentStore;
}

/** The journals of runs by their id. */
export interface Journals {
  entries(id: string): Promise<readonly JournalEntry[]>;
}

export class SessionStory {
  constructor(
    private readonly stores: () => Promise<StoryStores>,
    private readonly behind: SessionRuns,
    private readonly runs: Journals,
  ) {}

  /** The calls that name the session, and what the run did while it was the current one. */
  async journal(id: string): Promise<readonly CallEntry[]> {
    const { session, record } = await this.#find(id);
    return record === undefined ? [] : this.#calls(session, record, await this.#entries(record));
  }

  /** The life of a session in order, as far as it was recorded. */
  async timeline(id: string): Promise<readonly TimelineEvent[]> {
    const { session, record } = await this.#find(id);
    const { artifacts } = await this.stores();
    const stored = (await artifacts.list(id)).items;
    const others = stored.filter(({ run }) => run !== record?.id);
    const added = await this.#storedBy(others);
    if (record === undefined) return inOrder(lifeOf(session, added));
    // A session that a program created was there before the run that was started in it.
    const created = session.run === record.id ? [] : [creationOf(session)];
    return inOrder([...created, ...(await this.#story(session, record)), ...added]);
  }

  /** Artifacts that other runs stored, or programs. */
  async #storedBy(records: readonly ArtifactRecord[]): Promise<TimelineEvent[]> {
    const { runs } = await this.stores();
    const actors = new Map<string | null, string | null>([[null, null]]);
    for (const { run } of records) {
      if (run !== null && !actors.has(run)) actors.set(run, (await runs.get(run))?.actor ?? null);
    }
    return records.map((record) =>
      storedBy(record, record.actor ?? actors.get(record.run) ?? null),
    );
  }

  /** Who acted, by entry: the part that a fork shares was done by who started its original. */
  async #actorAt(record: RunRecord): Promise<(seq: number) => string | null> {
    const { parentRun, parentSeq, actor } = record;
    const parent = parentRun === null ? undefined : await (await this.stores()).runs.get(parentRun);
    if (parent === undefined || parentSeq === null) return () => actor;
    const before = await this.#actorAt(parent);
    return (seq) => (seq <= parentSeq ? before(seq) : actor);
  }

  async #find(id: string): Promise<{ session: SessionRecord; record: RunRecord | undefined }> {
    const session = await this.behind.require(id);
    return { session, record: await this.behind.runOf(session) };
  }

  async #entries(record: RunRecord): Promise<readonly JournalEntry[]> {
    return this.runs.entries(record.id);
  }

  async #calls(
    { id }: SessionRecord,
    record: RunRecord,
    entries: readonly JournalEntry[],
  ): Promise<CallEntry[]> {
    const { contents } = await this.stores();
    // A forked script goes on using the ids of its original.
    const names = new Set([
      id,
      ...[...record.ids].flatMap(([name, own]) => (own === id ? [name] : [])),
    ]);
    const actorAt = await this.#actorAt(record);
    const state = newRunState(record.currentSession ?? undefined);
    const calls: CallEntry[] = [];
    for (const { seq, at, event } of entries) {
      if (event.type !== 'call') continue;
      const isCurrent = names.has(stateOf(state, event.branch).currentSession ?? '');
      if (await concerns(contents, event, names, isCurrent)) {
        calls.push({ seq, at, actor: actorAt(seq), event });
      }
      applyPatch(state, event.state, event.branch);
    }
    return calls;
  }

  async #story(session: SessionRecord, record: RunRecord): Promise<TimelineEvent[]> {
    const entries = await this.#entries(record);
    const calls = new Set((await this.#calls(session, record, entries)).map(({ seq }) => seq));
    const actorAt = await this.#actorAt(record);
    return entries.flatMap((entry) =>
      eventsOf(entry, calls.has(entry.seq)).map((event) => ({
        ...event,
        run: record.id,
        actor: actorAt(entry.seq),
      })),
    );
  }
}

async function concerns(
  contents: ContentStore,
  event: CallOutcome,
  names: ReadonlySet<string>,
  isCurrent: boolean,
): Promise<boolean> {
  const { state, writes, kind, op } = event;
  const announced = recordsTold(event);
  if (names.has(state?.createdSession ?? '') || names.has(state?.currentSession ?? '')) return true;
  if (announced.some(({ session }) => names.has(session))) return true;
  const keys = new Set([...names].map(sessionKey));
  if (writes.some(({ key }) => keys.has(key))) return true;
  const args = Buffer.from(await readPayload(contents, event.args)).toString();
  if ([...names].some((name) => args.includes(JSON.stringify(name)))) return true;
  if (!isCurrent || announced.length > 0) return false;
  // Of what a script reads from the clock and its like, nothing belongs to a session.
  const isOfSession = op.startsWith('session.') || op.startsWith('artifact.');
  return kind === 'external' || (isOfSession && !namesAnother(args));
}

/** What a call told of records; what a model said while it answered is no change of any. */
function recordsTold({ announced }: CallOutcome) {
  return announced.filter((told) => told.type === 'artifact' || told.type === 'session');
}

/** True when the arguments hold an id: then the current session is not what they mean. */
function namesAnother(args: string): boolean {
  return /"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/.test(args);
}

type Moment = Omit<TimelineEvent, 'run' | 'actor'>;

function eventsOf({ seq, at, event }: JournalEntry, isConcerned: boolean): Moment[] {
  const moment = { at, seq, branch: null, where: null, error: null };
  switch (event.type) {
    case 'start':
      return [{ ...moment, event: 'run.start', detail: event.script }];
    case 'end':
      return [
        { ...moment, event: 'run.end', detail: event.status, error: event.error?.code ?? null },
      ];
    case 'checkpoint':
      return event.label === undefined
        ? []
        : [{ ...moment, event: 'checkpoint', detail: event.label }];
    case 'call':
      return isConcerned ? momentsOf(seq, at, event) : [];
    default:
      return [];
  }
}

function momentsOf(seq: number, at: number, event: CallOutcome): Moment[] {
  const { op, branch, where = null, outcome, kind, state } = event;
  const announced = recordsTold(event);
  const error = outcome.ok ? null : outcome.error.code;
  const moment = { at, seq, branch, where, error };
  if (announced.length === 0) {
    return kind === 'state' && error === null ? [] : [{ ...moment, event: 'call', detail: op }];
  }
  return announced.map((told) => {
    if (told.type === 'artifact') return { ...moment, event: 'artifact', detail: told.name };
    const isNew = state?.createdSession === told.session;
    return { ...moment, event: isNew ? 'created' : 'status', detail: told.status };
  });
}

/** By time; what happened in one millisecond stays as it is. */
function inOrder(events: readonly TimelineEvent[]): TimelineEvent[] {
  return events.toSorted((a, b) => a.at - b.at);
}

/** What the record alone tells of a session whose run is not kept. */
function lifeOf(session: SessionRecord, stored: readonly TimelineEvent[]): TimelineEvent[] {
  const created = creationOf(session);
  const { updatedAt, status } = session;
  if (!isFinal(status)) return [created, ...stored];
  return [
    created,
    ...stored,
    { ...created, at: updatedAt, event: 'status', actor: null, detail: status },
  ];
}

function creationOf({ run, actor, createdAt }: SessionRecord): TimelineEvent {
  const moment = { run, actor: actor ?? null, seq: null, branch: null, where: null, error: null };
  return { ...moment, at: createdAt, event: 'created', detail: 'active' };
}

function storedBy({ run, createdAt, name }: ArtifactRecord, actor: string | null): TimelineEvent {
  return {
    at: createdAt,
    run,
    actor,
    seq: null,
    branch: null,
    event: 'artifact',
    detail: name,
    where: null,
    error: null,
  };
}
