/** Approvals is the answers to what runs ask: found by who wants to answer, kept, and sent to the run that waits. */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import type { EventName } from '../host/host-call.js';
import {
  type Answer,
  type AnsweredQuestion,
  type AskedQuestion,
  isOpen,
  type Question,
  type QuestionStore,
} from '../session/question-store.js';
import type { Transaction } from '../storage/transaction.js';
import type { EventPost } from './event-post.js';

/** NewAnswer is what somebody says to a question. */
export type NewAnswer = Omit<Answer, 'at'>;

export class Approvals {
  constructor(
    private readonly questions: QuestionStore,
    private readonly events: EventPost,
    private readonly clock: Clock,
  ) {}

  /** What waits for an answer, the oldest question first; of all runs when none is named. */
  async open(run?: string): Promise<readonly AskedQuestion[]> {
    const now = this.clock.now();
    return (await this.questions.ofRun(run)).filter((question) => isOpen(question, now));
  }

  /** Whether a run waits for an answer under this name. */
  async isAsked(session: string, name: string): Promise<boolean> {
    const now = this.clock.now();
    return (await this.questions.named(session, name)).some((question) => isOpen(question, now));
  }

  /**
   * The one question that can be answered of several that may be meant.
   *
   * @param wanted What was looked for, such as `run ... asks nothing`.
   * @throws SpellError `QUESTION_NOT_FOUND`, `QUESTION_STATE` when it was answered or given up, `AMBIGUOUS_ID`
   */
  one(candidates: readonly AskedQuestion[], wanted: string): AskedQuestion {
    const now = this.clock.now();
    const open = candidates.filter((question) => isOpen(question, now));
    const [only, ...others] = open;
    if (others.length > 0) throw ambiguous(open);
    if (only !== undefined) return only;
    const last = candidates.at(-1);
    if (last === undefined) throw notFound(wanted);
    throw closed(last);
  }

  /**
   * Answers a question as part of a change; {@link announce} it when the change is committed.
   *
   * @throws SpellError `QUESTION_NOT_FOUND`, `QUESTION_STATE`
   */
  async answer(tx: Transaction, question: Question, answer: NewAnswer): Promise<AnsweredQuestion> {
    const now = this.clock.now();
    const asked = await this.questions.read(tx, question);
    if (asked?.id !== question.id) throw notFound(`run ${question.run} asks that no more`);
    if (!isOpen(asked, now)) throw closed(asked);
    const answered = this.questions.answer(tx, asked, { ...answer, at: now });
    await this.events.send(tx, answerEvent(asked), true);
    return answered;
  }

  /** Tells the run, if it waits in this process. */
  announce(question: Question): void {
    this.events.announce(answerEvent(question));
  }
}

/** The event that tells a run of an answer: no session of a script has the id of its run. */
export function answerEvent({ run, id }: Pick<Question, 'run' | 'id'>): EventName {
  return { session: run, name: `answer ${id}` };
}

/** Whether an event is one that tells this run of an answer. */
export function isAnswerEvent({ session }: EventName, run: string): boolean {
  return session === run;
}

function notFound(wanted: string): SpellError {
  return new SpellError('QUESTION_NOT_FOUND', wanted, {
    hint: 'llmspell runs show lists what a run asks.',
  });
}

function closed({ run, session, name, answer }: AskedQuestion): SpellError {
  const what = `${JSON.stringify(name)} of session ${session}`;
  const details = { run, session, name };
  if (answer === null) {
    return new SpellError('QUESTION_STATE', `the time to answer ${what} is over`, {
      hint: 'The run goes on without an answer.',
      details,
    });
  }
  const { approved, by } = answer;
  const how = `${approved ? 'approved' : 'denied'}${by === null ? '' : ` by ${by}`}`;
  return new SpellError('QUESTION_STATE', `${what} was answered already: ${how}`, {
    hint: 'An answer holds; the run may ask again.',
    details: { ...details, approved, ...(by === null ? {} : { by }) },
  });
}

function ambiguous(open: readonly AskedQuestion[]): SpellError {
  const names = open.map(
    ({ run, session, name }) => `${JSON.stringify(name)} of session ${session} (run ${run})`,
  );
  return new SpellError('AMBIGUOUS_ID', `${open.length} questions are meant: ${names.join(', ')}`, {
    hint: 'Name the run, the session and the question.',
  });
}
