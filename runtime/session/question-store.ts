/**
 * QuestionStore keeps what runs ask: each question by its run, its session and its name, with its answer once it has
 * one. They stay until the run is over, so that a second answer is known to be one.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { Redactor } from '../base/redactor.js';
import { isMap, type Value } from '../base/value.js';
import { FAMILY, key, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { rowValue } from './index-walk.js';
import { RecordReader } from './record-reader.js';

/** QuestionName is what a question is known by. */
export interface QuestionName {
  readonly run: string;
  readonly session: string;
  readonly name: string;
}

export interface Question extends QuestionName {
  /** Tells apart what a run asks under one name, one after the other. */
  readonly id: string;
  /** What is asked, in words. */
  readonly text: string | null;
  /** What those who answer may want to see. */
  readonly data: Value;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** From when on nobody waits for the answer any more; `null` for never. */
  readonly until: number | null;
}

export interface Answer {
  readonly approved: boolean;
  /** Who has answered; `null` when nobody was named. */
  readonly by: string | null;
  readonly comment: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AskedQuestion extends Question {
  readonly answer: Answer | null;
}

/** AnsweredQuestion is one that nobody needs to answer any more. */
export type AnsweredQuestion = Question & { readonly answer: Answer };

const VERSION = 1;

export class QuestionStore {
  constructor(
    private readonly backend: Backend,
    private readonly redactor?: Redactor,
  ) {}

  /**
   * Keeps a question; the same one that is kept already stays as it is.
   *
   * @throws SpellError `QUESTION_STATE` while another one of this name waits for its answer.
   */
  async ask(tx: Transaction, question: Question): Promise<void> {
    const asked = await this.read(tx, question);
    if (asked?.id === question.id) return;
    if (asked !== undefined && isOpen(asked, question.askedAt)) throw askedAlready(asked);
    const kept = {
      ...question,
      text: this.#redacted(question.text),
      data: this.#redacted(question.data),
    };
    tx.put(questionKey(question), encodeQuestion({ ...kept, answer: null }));
    tx.put(nameKey(question), rowValue(question.run));
  }

  answer(tx: Transaction, question: Question, answer: Answer): AnsweredQuestion {
    const answered = {
      ...question,
      answer: { ...answer, comment: this.#redacted(answer.comment) },
    };
    tx.put(questionKey(question), encodeQuestion(answered));
    return answered;
  }

  async read(tx: Transaction, name: QuestionName): Promise<AskedQuestion | undefined> {
    const bytes = await tx.get(questionKey(name));
    return bytes === undefined ? undefined : decodeQuestion(bytes);
  }

  async get(name: QuestionName): Promise<AskedQuestion | undefined> {
    const bytes = await this.backend.get(questionKey(name));
    return bytes === undefined ? undefined : decodeQuestion(bytes);
  }

  /** What a run has asked, or all runs have, the oldest question first. */
  async ofRun(run?: string): Promise<readonly AskedQuestion[]> {
    const family = run === undefined ? key(FAMILY.question) : key(FAMILY.question, run);
    const entries = await this.backend.range(prefixRange(family));
    return entries.map(({ value }) => decodeQuestion(value)).sort((a, b) => a.askedAt - b.askedAt);
  }

  /** What runs have asked under this name in this session. */
  async named(session: string, name: string): Promise<readonly AskedQuestion[]> {
    const rows = await this.backend.range(prefixRange(key(FAMILY.questionName, session, name)));
    const found = rows.map(({ value }) =>
      this.get({ run: Buffer.from(value).toString(), session, name }),
    );
    return (await Promise.all(found)).flatMap((question) => question ?? []);
  }

  remove(tx: Transaction, name: QuestionName): void {
    tx.remove(questionKey(name));
    tx.remove(nameKey(name));
  }

  /** Forgets all that a run has asked. */
  async removeAll(tx: Transaction, run: string): Promise<void> {
    const entries = await tx.range(prefixRange(key(FAMILY.question, run)));
    for (const { value } of entries) this.remove(tx, decodeQuestion(value));
  }

  #redacted<T extends Value>(given: T): T {
    return this.redactor === undefined ? given : (this.redactor.value(given, 'state') as T);
  }
}

/** Whether somebody waits for its answer. */
export function isOpen({ answer, until }: AskedQuestion, now: number): boolean {
  return answer === null && (until === null || now < until);
}

function encodeQuestion({ answer, ...fields }: AskedQuestion): Uint8Array {
  return encodeRecord({ v: VERSION, ...fields, answer: answer === null ? null : { ...answer } });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
function decodeQuestion(bytes: Uint8Array): AskedQuestion {
  const fields = RecordReader.open('question', VERSION, bytes);
  const answer = fields.value('answer');
  return {
    run: fields.text('run'),
    session: fields.text('session'),
    name: fields.text('name'),
    id: fields.text('id'),
    text: fields.textOrNull('text'),
    data: fields.value('data'),
    askedAt: fields.integer('askedAt'),
    until: fields.integerOrNull('until'),
    answer: isMap(answer) ? (Object.fromEntries(answer) as unknown as Answer) : null,
  };
}

function askedAlready({ run, session, name }: Question): SpellError {
  return new SpellError(
    'QUESTION_STATE',
    `run ${run} waits for the answer to ${JSON.stringify(name)} of session ${session} already`,
    { hint: 'Ask under another name, or once that is answered.', details: { run, session, name } },
  );
}

function questionKey({ run, session, name }: QuestionName): Key {
  return key(FAMILY.question, run, session, name);
}

function nameKey({ run, session, name }: QuestionName): Key {
  return key(FAMILY.questionName, session, name, run);
}
