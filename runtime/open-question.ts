/** OpenQuestion is what a run asks, as programs see it, and how they answer. */
import { actorOr } from './actor.js';
import { SpellError } from './base/errors.js';
import { type PlainValue, toPlain } from './base/value.js';
import type { Approvals } from './run/approvals.js';
import type { Question } from './session/question-store.js';
import type { Backend } from './storage/storage.js';
import { transact } from './storage/transaction.js';

export interface OpenQuestion {
  readonly run: string;
  readonly session: string;
  readonly name: string;
  /** What is asked, in words. */
  readonly text: string | null;
  /** What the script shows to those who answer. */
  readonly data: PlainValue;
  readonly askedAt: Date;
  /** From when on the run does not wait any more; `null` for never. */
  readonly until: Date | null;
}

/** ApprovalAnswer is what somebody says to a question. */
export interface ApprovalAnswer {
  /** True when absent. */
  readonly approved?: boolean;
  readonly comment?: string;
  /** Who answers; the runtime's `actor` when absent. */
  readonly actor?: string;
}

/** AnsweredQuestion is a question with the answer that holds. */
export interface AnsweredQuestion extends OpenQuestion {
  readonly approved: boolean;
  /** Who has answered; `null` when nobody was named. */
  readonly by: string | null;
  readonly comment: string | null;
  readonly answeredAt: Date;
}

export function toOpenQuestion(question: Question): OpenQuestion {
  const { run, session, name, text, data, askedAt, until } = question;
  return {
    run,
    session,
    name,
    text,
    data: toPlain(data),
    askedAt: new Date(askedAt),
    until: until === null ? null : new Date(until),
  };
}

/**
 * Answers a question; what returns is on the disk.
 *
 * @param actor Who answers when the answer names nobody.
 * @throws SpellError `QUESTION_NOT_FOUND`, `QUESTION_STATE`, `BAD_ARGUMENT`
 */
export async function giveAnswer(
  { backend, approvals }: { readonly backend: Backend; readonly approvals: Approvals },
  question: Question,
  { approved = true, comment, actor: named }: ApprovalAnswer,
  actor: string | null,
): Promise<AnsweredQuestion> {
  if (typeof approved !== 'boolean') throw badAnswer('approved', 'true or false');
  if (comment !== undefined && typeof comment !== 'string') throw badAnswer('comment', 'text');
  const by = actorOr(actor, named);
  const { answer } = await transact(backend, (tx) =>
    approvals.answer(tx, question, { approved, by, comment: comment ?? null }),
  );
  await backend.flush();
  approvals.announce(question);
  const { at, ...said } = answer;
  return { ...toOpenQuestion(question), ...said, answeredAt: new Date(at) };
}

function badAnswer(key: string, expected: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad value for '${key}': ${expected} expected`, { key });
}
