/** GoingToSleep is the way of one run from its last photograph to its sleep without a process. */
import type { Clock } from '../base/clock.js';
import type { WakeCondition } from '../host/host-call.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { Question, QuestionStore } from '../session/question-store.js';
import type { SignalStore } from '../session/signal-store.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { takeOwnership } from './ownership.js';
import type { RunRecord } from './run-record.js';
import type { RunStore } from './run-store.js';
import type { Sleep, Sleepers } from './sleepers.js';

/** The last moment that a date can show. */
const LATEST_MS = 8_640_000_000_000_000;

export class GoingToSleep {
  readonly #sleep: Sleep;
  readonly #questions: readonly Question[];
  /** The entry that is to tell of the sleep. */
  #seq = 0;

  constructor(
    private readonly parts: {
      readonly sleepers: Sleepers;
      readonly signals: SignalStore;
      readonly questions: QuestionStore;
      readonly clock: Clock;
    },
    private readonly run: Pick<RunRecord, 'id' | 'ids'>,
    waits: readonly WakeCondition[],
  ) {
    const at = Math.min(...waits.map((wait) => wait.at ?? Number.POSITIVE_INFINITY));
    const events = waits.flatMap(({ event }) => event ?? []);
    this.#sleep = { at: at <= LATEST_MS ? at : null, events };
    // A fork knows its sessions by the names of its original.
    this.#questions = waits.flatMap(({ question }) =>
      question === undefined
        ? []
        : { ...question, session: run.ids.get(question.session) ?? question.session },
    );
  }

  /** Lets others wake the run. @returns False when one of its events is there already. */
  async prepare(writer: JournalWriter): Promise<boolean> {
    const { sleepers, signals } = this.parts;
    const { events } = this.#sleep;
    await sleepers.listen(this.run.id, events);
    for (const { session, name } of events) if (await signals.has(session, name)) return false;
    this.#seq = writer.nextSeq;
    return true;
  }

  /** @param seq Entry that tells of the sleep. */
  async lay(tx: Transaction, seq: number): Promise<void> {
    const now = this.parts.clock.now();
    const { at, events } = this.#sleep;
    const isWakeable = at !== null || events.length > 0;
    // What came meanwhile is recorded: the run can go on with that.
    const isDue = isWakeable && seq !== this.#seq;
    // The call may not have come to keep its question: one of a fork is asked anew.
    for (const question of this.#questions) await this.parts.questions.ask(tx, question);
    await this.parts.sleepers.lay(tx, this.run.id, { at: isDue ? now : at, events }, now);
  }
}

/**
 * Lets a run that nobody executes sleep until somebody resumes it.
 *
 * @param find Answers its record; called again when it belongs to the caller.
 * @param token Unlike every other one in use; a UUID.
 * @throws SpellError `RUN_LOCKED`
 */
export async function layDown(
  { backend, runs, sleepers, clock }: LayParts,
  find: () => Promise<RunRecord>,
  token: string,
): Promise<void> {
  const { id } = await find();
  const ownership = await takeOwnership(backend, id, token);
  try {
    const record = await find();
    await transact(backend, async (tx) => {
      await ownership.guard(tx);
      await sleepers.raise(tx, id);
      await runs.write(tx, { ...record, status: 'sleeping', endedAt: null });
      await sleepers.lay(tx, id, { at: null, events: [] }, clock.now());
    });
  } finally {
    await ownership.release();
  }
}

interface LayParts {
  readonly backend: Backend;
  readonly runs: RunStore;
  readonly sleepers: Sleepers;
  readonly clock: Clock;
}
