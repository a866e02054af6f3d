/** Respondents is those in this process who answer what runs ask: a program, or a person at a terminal. */
import { SpellError } from './base/errors.js';
import {
  type ApprovalAnswer,
  giveAnswer,
  type OpenQuestion,
  toOpenQuestion,
} from './open-question.js';
import type { Approvals } from './run/approvals.js';
import type { Question, QuestionStore } from './session/question-store.js';
import type { Backend } from './storage/storage.js';
import { transact } from './storage/transaction.js';

/**
 * OnQuestion answers what a run asks; `undefined` leaves it to others. What it throws is the answer to the script, as
 * `QUESTION_FAILED`.
 *
 * @param signal Aborted when nobody waits any more: somebody else has answered, the time is over, or the run has ended.
 */
export type OnQuestion = (
  question: OpenQuestion,
  signal: AbortSignal,
) => ApprovalAnswer | undefined | Promise<ApprovalAnswer | undefined>;

/** What is asked, and answered, is kept here. */
interface Kept {
  readonly backend: Backend;
  readonly questions: QuestionStore;
  readonly approvals: Approvals;
}

/** Somebody else was faster, or the run waits no more. */
const MISSED = ['QUESTION_STATE', 'QUESTION_NOT_FOUND'];

export class Respondents {
  readonly #byRun = new Map<string, OnQuestion>();

  /** @param actor Who answers when an answer names nobody. */
  constructor(
    private readonly stores: () => Promise<Kept>,
    private readonly actor: string | null,
    private readonly openedStores: () => Kept | undefined,
  ) {}

  /** Has what a run asks answered here until the run ends. */
  attach(run: string, onQuestion: OnQuestion | undefined, ended: Promise<unknown>): void {
    if (onQuestion === undefined) return;
    this.#byRun.set(run, onQuestion);
    ended.then(() => this.#byRun.delete(run));
  }

  /** Nobody can answer any more what a run has asked that is not kept and has ended. */
  async forget(run: string): Promise<void> {
    const opened = this.openedStores();
    if (opened !== undefined) {
      await transact(opened.backend, (tx) => opened.questions.removeAll(tx, run));
    }
  }

  /**
   * Has a question answered, if there is somebody here who does.
   *
   * @throws SpellError `QUESTION_FAILED`
   */
  async ask(question: Question, signal: AbortSignal): Promise<void> {
    const onQuestion = this.#byRun.get(question.run);
    if (onQuestion === undefined) return;
    try {
      const answer = await onQuestion(toOpenQuestion(question), signal);
      if (answer === undefined || signal.aborted) return;
      await giveAnswer(await this.stores(), question, answer, this.actor);
    } catch (thrown) {
      if (signal.aborted || (thrown instanceof SpellError && MISSED.includes(thrown.code))) return;
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SpellError('QUESTION_FAILED', `${question.name} could not be asked: ${reason}`, {
        hint: 'The function onQuestion of the program that runs the script failed.',
        details: { name: question.name, session: question.session },
        cause: thrown,
      });
    }
  }
}
