/** What went wrong in a session, wherever that is written down. */
import type { Services } from './services.js';
import { sessionNotFound } from './session/session-errors.js';

export interface SessionProblem {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A message that failed, a response that is none, a call of a script, or the session itself. */
  readonly source: 'message' | 'response' | 'call' | 'session';
  /** The message, the response's name, the call, or the session. */
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** In the order in which it happened. @throws SpellError `SESSION_NOT_FOUND` */
export async function problemsOf(services: Services, id: string): Promise<SessionProblem[]> {
  const { sessions } = await services.stores();
  const session = await sessions.get(id);
  if (session === undefined) throw sessionNotFound(id);
  const problems = [
    ...(await failedMessages(services, id)),
    ...(await failedResponses(services, id)),
    ...(await failedCalls(services, id)),
  ];
  if (session.status === 'failed') {
    const message = session.failureReason ?? 'no reason was given';
    const at = session.updatedAt;
    problems.push({ at, source: 'session', id, code: 'SESSION_FAILED', message });
  }
  return problems.sort((a, b) => a.at - b.at);
}

async function failedMessages({ stores }: Services, session: string): Promise<SessionProblem[]> {
  const { reader } = (await stores()).conversations;
  const problems: SessionProblem[] = [];
  for await (const record of reader.records(session)) {
    const { id, error, status, completedAt, createdAt } = record;
    if (error === null && status !== 'failed' && status !== 'blocked') continue;
    const { code, message } = error ?? { code: 'MESSAGE_FAILED', message: `it is ${status}` };
    problems.push({ at: completedAt ?? createdAt, source: 'message', id, code, message });
  }
  return problems;
}

/** Responses with `success = false`. */
async function failedResponses({ stores }: Services, session: string): Promise<SessionProblem[]> {
  const { details } = await stores();
  return (await details.responses(session)).flatMap(({ name, value, at }) => {
    if (!(value instanceof Map) || value.get('success') !== false) return [];
    const error = value.get('error');
    const field = (key: string) => (error instanceof Map ? error.get(key) : undefined);
    const code = textOr(field('code'), 'RESPONSE_FAILED');
    const message = textOr(field('message') ?? error, 'no reason was given');
    return [{ at, source: 'response' as const, id: name, code, message }];
  });
}

async function failedCalls(services: Services, session: string): Promise<SessionProblem[]> {
  const calls = await services.story().journal(session);
  return calls.flatMap(({ at, event }) => {
    if (event.outcome.ok) return [];
    const { code, message } = event.outcome.error;
    return [{ at, source: 'call' as const, id: event.op, code, message }];
  });
}

function textOr(value: unknown, other: string): string {
  return typeof value === 'string' && value !== '' ? value : other;
}
