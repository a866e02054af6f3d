/** Further attempts at a request whose failure may have passed. */
import { pause } from '../../base/pause.js';
import { isTransient } from './failure.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';

export interface Attempts {
  /** How many there may be besides the first one. */
  readonly retries: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const PASSING = [408, 425, 429, 502, 503, 504];
const FIRST_WAIT_MS = 250;
/** Who asks for more time than this gets no further request. */
const LONGEST_WAIT_MS = 30_000;

/** Sends a request until it is answered with something else than "later". Throws what the client throws. */
export async function sendRepeatedly(
  client: HttpClient,
  request: HttpRequest,
  { retries, now }: Attempts,
): Promise<{ readonly response: HttpResponse; readonly attempts: number }> {
  for (let attempts = 1; ; attempts += 1) {
    const isLast = attempts > retries;
    let waitMs = FIRST_WAIT_MS * 2 ** (attempts - 1);
    try {
      const response = await client.send(request);
      if (isLast || !PASSING.includes(response.status)) return { response, attempts };
      waitMs = Math.max(waitMs, askedWaitMs(response, now()));
      if (waitMs > LONGEST_WAIT_MS) return { response, attempts };
    } catch (error) {
      if (isLast || request.signal.aborted || !isTransient(error)) throw error;
    }
    await pause(waitMs, request.signal);
  }
}

/** What `retry-after` asks for, in seconds or as a date. */
function askedWaitMs({ headers }: HttpResponse, now: number): number {
  const text = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
