/**
 * The functions behind `Session.waitForApproval` and `Session.approve`. A question is kept in one call and waited for
 * in the next, so that those who are to answer find it wherever the run is by then; the answer comes as an event.
 */
import type { HostObject } from '../../../runtime/base/value.js';
import { whenAborted } from '../../../runtime/base/when-aborted.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import { answerEvent } from '../../../runtime/run/approvals.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import type { Services, Stores } from '../../../runtime/services.js';
import type { Answer, Question } from '../../../runtime/session/question-store.js';
import { sessionNotFound } from '../../../runtime/session/session-errors.js';
import { transact } from '../../../runtime/storage/transaction.js';
import { badArgument, integer, isAbsent, Options, text } from '../arguments.js';
import { readFields } from './option-fields.js';
import { optionalSessionId, requireCurrent } from './session-argument.js';
import { sessionFunction } from './session-function.js';

const SECOND_MS = 1000;

export function approvalModule(services: Services, { actor }: RunFacts): GlobalFunction[] {
  return [
    sessionFunction('waitForApproval', 'store', parseAsking, (asking, call) =>
      ask(services, asking, call),
    ),
    globalFunction<Waiting>({
      path: 'host.wait_approval',
      parse: parseWaiting,
      operation: {
        op: 'session.awaitApproval',
        kind: 'store',
        needs: 'sessions',
        waits: true,
        wakes: (waiting, { run }) => ({
          at: waiting.until ?? undefined,
          event: answerEvent({ run, id: waiting.id }),
          question: { ...waiting, run },
        }),
        target: ({ session }) => ({ session }),
        perform: (waiting, call) => waitForAnswer(services, { ...waiting, run: call.run }, call),
      },
    }),
    sessionFunction('approve', 'store', parseAnswer, (answer, call) =>
      approve(services, answer, actor, call),
    ),
  ];
}

interface Asking {
  readonly session: string | undefined;
  readonly name: string;
  readonly text: string | null;
  readonly data: Question['data'];
  readonly timeout: number | undefined;
}

function parseAsking(args: HostArguments): Asking {
  const options = isAbsent(args, 3) ? NO_OPTIONS : readFields(args, 3, askingOptions);
  const { timeout } = options;
  if (timeout !== undefined && !(timeout >= 0 && Number.isFinite(timeout))) {
    throw badArgument(args, 3, "field 'timeout': seconds expected, 0 or more");
  }
  return { session: optionalSessionId(args, 1), name: questionName(args, 2), ...options };
}

const NO_OPTIONS = { text: null, data: undefined, timeout: undefined };

function askingOptions(fields: Options): Pick<Asking, 'text' | 'data' | 'timeout'> {
  return {
    text: fields.text('question') ?? null,
    data: fields.raw('data'),
    timeout: fields.number('timeout'),
  };
}

function questionName(args: HostArguments, index: number): string {
  const name = text(args, index);
  if (name === '') throw badArgument(args, index, 'name expected, got an empty string');
  return name;
}

type Waiting = Omit<Question, 'run'>;

/** What {@link ask} answered, and what it was asked. */
function parseWaiting(args: HostArguments): Waiting {
  const options = isAbsent(args, 6) ? undefined : new Options(args, 6);
  return {
    session: text(args, 1),
    id: text(args, 2),
    askedAt: integer(args, 3),
    until: isAbsent(args, 4) ? null : integer(args, 4),
    name: text(args, 5),
    text: options?.text('question') ?? null,
    data: options?.raw('data'),
  };
}

/** Keeps the question. @returns What the wait for the answer needs to know of it. */
async function ask(services: Services, asking: Asking, call: CallContext): Promise<HostResult> {
  const { sessions, questions } = await services.stores();
  const { name, text: words, data, timeout } = asking;
  const session = requireCurrent(asking.session, call);
  if ((await sessions.get(session)) === undefined) throw sessionNotFound(session);
  const askedAt = services.clock.now();
  const until = timeout === undefined ? null : Math.round(askedAt + timeout * SECOND_MS);
  const id = `${call.branch}/${call.ordinal}`;
  const question = { run: call.run, session, name, id, text: words, data, askedAt, until };
  return call.commit(
    (tx) => questions.ask(tx, question),
    () => {
      call.announce({ type: 'question', session, name, text: words });
      return new Results(session, id, askedAt, until ?? undefined);
    },
  );
}

/** The answer, and true; nil and false when the time is over. */
async function waitForAnswer(
  services: Services,
  question: Question,
  call: CallContext,
): Promise<HostResult> {
  const stores = await services.stores();
  const { backend, questions, signals } = stores;
  // That of a fork, or of a run that was imported, is not there before.
  if ((await questions.get(question))?.id !== question.id) {
    await transact(backend, (tx) => questions.ask(tx, question));
  }
  const { session, name } = answerEvent(question);
  const waiting = new AbortController();
  const forget = whenAborted(call.signal, () => waiting.abort());
  let failure: { readonly thrown: unknown } | undefined;
  let isAsked = false;
  try {
    for (;;) {
      if (call.signal.aborted) throw call.signal.reason;
      if (failure !== undefined) throw failure.thrown;
      const left = (question.until ?? Number.POSITIVE_INFINITY) - services.clock.now();
      if (left <= 0 || (await signals.has(session, name))) {
        const answered = await conclude(stores, question, left <= 0, call);
        if (answered !== undefined) return answered;
      }
      if (!isAsked) {
        isAsked = true;
        services.respondents.ask(question, waiting.signal).catch((thrown) => {
          failure = { thrown };
          signals.announce(session, name);
        });
      }
      await signals.nextChange(session, name, Math.max(1, left), call.signal);
    }
  } finally {
    forget();
    waiting.abort();
  }
}

/** Takes the answer, or gives up when the time is over; `undefined` when there is none. */
async function conclude(
  { questions, signals }: Stores,
  question: Question,
  isOver: boolean,
  call: CallContext,
): Promise<HostResult | undefined> {
  const missing = new Error('there is no answer');
  try {
    return await call.commit(
      async (tx) => {
        const event = answerEvent(question);
        await signals.take(tx, event.session, event.name);
        const asked = await questions.read(tx, question);
        if (asked?.id === question.id && asked.answer !== null) return asked.answer;
        if (!isOver) throw missing;
        questions.remove(tx, question);
        return undefined;
      },
      (answer) =>
        answer === undefined ? new Results(undefined, false) : new Results(shown(answer), true),
    );
  } catch (thrown) {
    if (thrown === missing) return undefined;
    throw thrown;
  }
}

function shown({ approved, by, comment, at }: Answer): HostObject {
  return {
    approved,
    by: by ?? undefined,
    comment: comment ?? undefined,
    answered_at: Math.floor(at / SECOND_MS),
  };
}

interface NewAnswer {
  readonly session: string | undefined;
  readonly name: string;
  readonly approved: boolean;
  readonly comment: string | null;
  /** The run that is answered, where several ask the same. */
  readonly run: string | undefined;
}

function parseAnswer(args: HostArguments): NewAnswer {
  const answer = isAbsent(args, 3) ? AGREED : readFields(args, 3, answerOptions);
  return { session: optionalSessionId(args, 1), name: questionName(args, 2), ...answer };
}

const AGREED = { approved: true, comment: null, run: undefined };

function answerOptions(fields: Options): Pick<NewAnswer, 'approved' | 'comment' | 'run'> {
  return {
    approved: fields.boolean('approved') ?? true,
    comment: fields.text('comment') ?? null,
    run: fields.text('run'),
  };
}

async function approve(
  services: Services,
  { session, name, approved, comment, run }: NewAnswer,
  actor: string | null,
  call: CallContext,
): Promise<HostResult> {
  const { sessions, questions, approvals } = await services.stores();
  const id = requireCurrent(session, call);
  if ((await sessions.get(id)) === undefined) throw sessionNotFound(id);
  const named = await questions.named(id, name);
  const meant = run === undefined ? named : named.filter((question) => question.run === run);
  const whose = run === undefined ? 'no run' : `run ${run}`;
  const nothing = run === undefined ? '' : ' not';
  const question = approvals.one(
    meant,
    `${whose} does${nothing} ask ${JSON.stringify(name)} in session ${id}`,
  );
  const answered = await call.commit(
    (tx) => approvals.answer(tx, question, { approved, comment, by: actor }),
    () => true,
  );
  approvals.announce(question);
  return answered;
}
