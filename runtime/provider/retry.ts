/** Retries: which failures are worth another attempt, and how long to wait before it. */
import { SpellError } from '../base/errors.js';
import type { Random } from '../base/random.js';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8000;
/** A server that asks for more patience has failed. */
const MAX_RETRY_AFTER_MS = 60_000;

const TRANSIENT = new Set([
  'PROVIDER_UNREACHABLE',
  'PROVIDER_DISCONNECTED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_OVERLOADED',
  'PROVIDER_FAILED',
]);

/** True when the same request may well succeed a little later. */
export function isTransient(error: unknown): error is SpellError {
  if (!(error instanceof SpellError) || !TRANSIENT.has(error.code)) return false;
  return error.details.retry !== false && (waitOf(error) ?? 0) <= MAX_RETRY_AFTER_MS;
}

/** Failures after which another provider is asked: all but those that the request itself is to blame for. */
export function isFaultOfProvider(error: unknown): boolean {
  if (!(error instanceof SpellError)) return false;
  return TRANSIENT.has(error.code) || FAULTS_OF_PROVIDER.has(error.code);
}

const FAULTS_OF_PROVIDER = new Set([
  'PROVIDER_AUTH',
  'PROVIDER_BAD_RESPONSE',
  'MODEL_NOT_FOUND',
  'MODEL_UNFIT',
]);

/** Milliseconds that the server asks to wait. */
export function waitOf(error: SpellError): number | undefined {
  const { retry_after_ms: wait } = error.details;
  return typeof wait === 'number' ? wait : undefined;
}

/**
 * Milliseconds to wait before attempt `attempt` (the first retry is 1): as long as the server asks for, else any time
 * up to a limit that doubles, so that callers that failed together do not come back together.
 */
export function backoffMs(error: SpellError, attempt: number, random: Random): number {
  const asked = waitOf(error);
  if (asked !== undefined) return asked;
  const limit = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(limit * fraction(random));
}

/** Between 0 and 1. */
function fraction(random: Random): number {
  return Buffer.from(random.bytes(4)).readUInt32LE() / 2 ** 32;
}
