/** What the client packages of OpenAI and Anthropic throw; both are made by the same generator. */
import { SpellError } from '../base/errors.js';
import {
  badResponse,
  disconnected,
  type Place,
  serverError,
  timedOut,
  unreachable,
} from './failure.js';
import { retryAfterMs } from './retry-after.js';

export interface SdkErrors {
  readonly APIError: abstract new (...args: never[]) => Error;
  readonly APIConnectionError: abstract new (...args: never[]) => Error;
}

export interface FailureMoment {
  readonly place: Place;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The server has begun to answer. */
  readonly hasStarted: boolean;
}

/** The error in our words; what is no failure of a request is thrown again as it is. */
export function sdkFailure(thrown: unknown, sdk: SdkErrors, moment: FailureMoment): SpellError {
  const { place, now, hasStarted } = moment;
  if (thrown instanceof SpellError) return thrown;
  if (thrown instanceof SyntaxError) return badResponse(place, 'it is no JSON', thrown);
  const ms = patienceOf(thrown);
  if (ms !== undefined) return timedOut(place, ms);
  const isLost = thrown instanceof sdk.APIConnectionError || isNetworkError(thrown);
  if (isLost) return hasStarted ? disconnected(place, thrown) : unreachable(place, thrown);
  if (!(thrown instanceof sdk.APIError)) throw thrown;
  const error = thrown as Partial<ServerAnswer>;
  const body = innerError(error.error);
  return serverError(place, {
    status: error.status,
    message: body.message ?? thrown.message.replace(/^\d{3} /, ''),
    code: text(body.code) ?? text(error.code) ?? '',
    type: text(body.type) ?? text(error.type) ?? '',
    retryAfterMs: retryAfterMs(error.headers, now),
    mayRetry: error.headers?.get('x-should-retry') !== 'false',
  });
}

interface ServerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly error: unknown;
  readonly code: unknown;
  readonly type: unknown;
}

/** Of `{ error: { message } }` and `{ message }` the inner one. */
function innerError(body: unknown): { message?: string; code?: unknown; type?: unknown } {
  if (typeof body !== 'object' || body === null) return {};
  const { error } = body as { error?: unknown };
  const inner = typeof error === 'object' && error !== null ? error : body;
  const { message, ...rest } = inner as { message?: unknown };
  return typeof message === 'string' ? { ...rest, message } : rest;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** How long fetch itself waits for the head of an answer, and for more of its body. */
export const PATIENCE_OF_FETCH_MS = 300_000;

/** The patience of fetch, when it is what has ended the request. */
function patienceOf(thrown: unknown): number | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      return PATIENCE_OF_FETCH_MS;
    }
  }
  return undefined;
}

/** What fetch throws when a connection breaks: `TypeError: terminated`, with the reason as its cause. */
function isNetworkError(thrown: unknown): boolean {
  if (!(thrown instanceof TypeError)) return false;
  return ['terminated', 'fetch failed'].includes(thrown.message) || thrown.cause instanceof Error;
}
