/** Failure says in our words what went wrong at a provider: every adapter's errors are made here. */
import type { ErrorCode } from '../base/errors.js';
import { SpellError } from '../base/errors.js';
import { withoutSecret } from '../base/secret.js';

/** Place is where a request went, for messages. */
export interface Place {
  /** The provider's name in the configuration. */
  readonly provider: string;
  readonly model: string;
  readonly url: string;
  /** The key that went with the request: it is taken out of what the server says. */
  readonly key: string | undefined;
}

/** What a server answered in place of an answer. */
export interface ServerError {
  /** `undefined` when the error came in the middle of a stream. */
  readonly status: number | undefined;
  readonly message: string;
  /** The server's own names for the error; `''` when it has none. */
  readonly code: string;
  readonly type: string;
  readonly retryAfterMs?: number | undefined;
  /** False when the server says that another attempt is of no use. */
  readonly mayRetry?: boolean | undefined;
}

const MAX_MESSAGE = 500;

/** The error for what a server said. */
export function serverError(place: Place, error: ServerError): SpellError {
  const code = codeOf(error);
  const said = withoutSecret(error.message, place.key).replace(/\s+/g, ' ').trim();
  const status = error.status === undefined ? '' : ` (${error.status})`;
  const text = said === '' ? 'without a reason' : said.slice(0, MAX_MESSAGE);
  return new SpellError(code, `${name(place)} ${VERBS[code]}${status}: ${text}`, {
    hint: hintOf(code, place),
    details: {
      ...details(place),
      ...(error.status === undefined ? {} : { status: error.status }),
      ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
      ...(error.mayRetry === false ? { retry: false } : {}),
    },
  });
}

type ServerCode = Extract<
  ErrorCode,
  | 'PROVIDER_AUTH'
  | 'PROVIDER_RATE_LIMITED'
  | 'PROVIDER_OVERLOADED'
  | 'PROVIDER_FAILED'
  | 'PROVIDER_TIMEOUT'
  | 'PROVIDER_REFUSED'
  | 'PROVIDER_BAD_REQUEST'
  | 'PROVIDER_BAD_RESPONSE'
  | 'MODEL_NOT_FOUND'
  | 'CONTEXT_OVERFLOW'
>;

const VERBS: Readonly<Record<ServerCode, string>> = {
  PROVIDER_AUTH: 'turns the key away',
  PROVIDER_RATE_LIMITED: 'takes no more requests at this rate',
  PROVIDER_OVERLOADED: 'is overloaded',
  PROVIDER_FAILED: 'failed',
  PROVIDER_TIMEOUT: 'took too long',
  PROVIDER_REFUSED: 'refused the request',
  PROVIDER_BAD_REQUEST: 'does not understand the request',
  PROVIDER_BAD_RESPONSE: 'answered with something else than an answer',
  MODEL_NOT_FOUND: 'does not have the model',
  CONTEXT_OVERFLOW: 'can not take so long a conversation',
};

function codeOf(error: ServerError): ServerCode {
  const names = `${error.code} ${error.type}`;
  if (/insufficient_quota|billing/.test(names)) return 'PROVIDER_AUTH';
  if (/overloaded/.test(names)) return 'PROVIDER_OVERLOADED';
  const { status } = error;
  if (status === undefined) return codeOfType(error.type);
  if (status === 401 || status === 402 || status === 403) return 'PROVIDER_AUTH';
  if (status === 408) return 'PROVIDER_TIMEOUT';
  if (status === 409 || (status >= 500 && ![503, 529].includes(status))) return 'PROVIDER_FAILED';
  if (status === 429) return 'PROVIDER_RATE_LIMITED';
  if (status === 503 || status === 529) return 'PROVIDER_OVERLOADED';
  return status >= 400 ? codeOfRequest(error) : 'PROVIDER_BAD_RESPONSE';
}

function codeOfType(type: string): ServerCode {
  if (type.includes('rate_limit')) return 'PROVIDER_RATE_LIMITED';
  if (type.includes('authentication') || type.includes('permission')) return 'PROVIDER_AUTH';
  return type.includes('invalid_request') ? 'PROVIDER_BAD_REQUEST' : 'PROVIDER_FAILED';
}

const OVERFLOW =
  /context_length_exceeded|context (length|window|size)|maximum context|prompt is too long|request_too_large/i;
const POLICY = /content_policy|content_filter|moderation/i;

function codeOfRequest(error: ServerError): ServerCode {
  const all = `${error.code} ${error.type} ${error.message}`;
  if (OVERFLOW.test(all)) return 'CONTEXT_OVERFLOW';
  if (error.status === 404 && /\bmodels?\b/i.test(all)) return 'MODEL_NOT_FOUND';
  return POLICY.test(`${error.code} ${error.type}`) ? 'PROVIDER_REFUSED' : 'PROVIDER_BAD_REQUEST';
}

function hintOf(code: ServerCode, { provider, url, model }: Place): string | undefined {
  switch (code) {
    case 'PROVIDER_AUTH':
      return `Check the variable of api_key_env under [providers.${provider}], and the account behind the key.`;
    case 'PROVIDER_RATE_LIMITED':
      return `Set max_concurrent under [providers.${provider}] in llmspell.toml, or a fallback.`;
    case 'PROVIDER_OVERLOADED':
    case 'PROVIDER_FAILED':
      return `Try later, or name another provider: fallback = ["..."] under [providers.${provider}].`;
    case 'PROVIDER_BAD_REQUEST':
      return `The server at ${safeUrl(url)} has to speak the protocol of provider_type; check base_url.`;
    case 'CONTEXT_OVERFLOW':
      return `Shorten the conversation, or choose a model with a larger window than that of ${model}.`;
    default:
      return undefined;
  }
}

/** The server could not be reached, or the connection broke before it answered. */
export function unreachable(place: Place, cause: unknown): SpellError {
  const reason = networkReason(cause);
  return new SpellError(
    'PROVIDER_UNREACHABLE',
    `${name(place)} can't be reached at ${safeUrl(place.url)}: ${reason}`,
    {
      hint: `Check that the server runs, and base_url under [providers.${place.provider}] in llmspell.toml.`,
      details: details(place),
      cause,
    },
  );
}

/** The server broke off in the middle of its answer. */
export function disconnected(place: Place, cause?: unknown): SpellError {
  const reason = cause === undefined ? 'the stream ended too early' : networkReason(cause);
  return new SpellError(
    'PROVIDER_DISCONNECTED',
    `${name(place)} broke off in the middle of its answer: ${reason}`,
    { hint: 'Ask again.', details: details(place), cause },
  );
}

export function timedOut(place: Place, timeoutMs: number): SpellError {
  return new SpellError(
    'PROVIDER_TIMEOUT',
    `${name(place)} gave no sign for ${timeoutMs / 1000} seconds`,
    {
      hint: `Set timeout_seconds under [providers.${place.provider}] in llmspell.toml to wait longer.`,
      details: { ...details(place), timeout_ms: timeoutMs },
    },
  );
}

/** The server answered, and the answer makes no sense. */
export function badResponse(place: Place, fault: string, cause?: unknown): SpellError {
  return new SpellError(
    'PROVIDER_BAD_RESPONSE',
    `${name(place)} answered with something else than an answer: ${fault}`,
    { hint: hintOf('PROVIDER_BAD_REQUEST', place), details: details(place), cause },
  );
}

/** Something in the request that this provider can't be told. */
export function badRequest(place: Place, fault: string, hint: string): SpellError {
  return new SpellError('PROVIDER_BAD_REQUEST', `${name(place)} can't be asked: ${fault}`, {
    hint,
    details: details(place),
  });
}

/** The signal's own error, or `ABORTED`. */
export function aborted(signal: AbortSignal): SpellError {
  const reason: unknown = signal.reason;
  if (reason instanceof SpellError) return reason;
  return new SpellError('ABORTED', 'the model call was aborted', { cause: reason });
}

function name({ provider, model }: Place): string {
  return `the provider "${provider}" (${model})`;
}

function details({ provider, model }: Place): Record<string, string> {
  return { provider, model };
}

/** A URL without what may be a password in it. */
function safeUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//***@').replace(/[?#].*$/s, '');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  ETIMEDOUT: 'no connection came about in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

/** The innermost cause is the one that tells: fetch wraps it in sentences such as "fetch failed". */
function networkReason(thrown: unknown): string {
  let message = 'the connection failed';
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && code in REASONS) return `${REASONS[code]} (${code})`;
    if (typeof code === 'string') return `${error.message} (${code})`;
    message = error.message;
  }
  return message;
}
