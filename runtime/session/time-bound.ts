/**
 * A time bound is what a query names with `created_after` and its like: a span of milliseconds, both ends included.
 *
 * | given | spans |
 * | --- | --- |
 * | number, such as `os.time()` | its whole second |
 * | `Date` | that millisecond |
 * | `2026-11-21` | the day, in UTC |
 * | `2026-11-21T08:30Z` or with seconds | the minute or the second |
 * | `2026-11-21T08:30:15.250Z` | that millisecond |
 *
 * "After" a bound begins where its span begins, "before" ends where it ends. So what was made at t.7 seconds is found
 * by `created_before = t`, and by `created_after = t`.
 */
import { SpellError } from '../base/errors.js';

export type TimeBound = number | string | Date;

/** A span of time in milliseconds since the epoch, both ends included. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What a year of four digits can say; anything beyond is no bound at all. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Every moment that a record can have been made at. */
export const ALL_TIME: TimeSpan = { from: 0, to: LATEST_MS };

const EMPTY_SPAN: TimeSpan = { from: 1, to: 0 };

const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?:(:\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The span between two bounds; an absent bound is open.
 *
 * @param name The option's name without `_after` and `_before`, for messages: `created`.
 * @throws SpellError `BAD_ARGUMENT` when a bound is no time.
 */
export function spanBetween(
  name: string,
  after: TimeBound | undefined,
  before: TimeBound | undefined,
): TimeSpan {
  const from = after === undefined ? 0 : boundSpan(`${name}_after`, after).from;
  const to = before === undefined ? LATEST_MS : boundSpan(`${name}_before`, before).to;
  // Keys order times that are not negative and of four-digit years; outside of those nothing was ever made.
  const span = { from: Math.max(from, 0), to: Math.min(to, LATEST_MS) };
  return span.from <= span.to ? span : EMPTY_SPAN;
}

/** True when no moment is within the span. */
export function isEmptySpan(span: TimeSpan): boolean {
  return span.from > span.to;
}

/** The milliseconds that one bound names. */
function boundSpan(option: string, bound: TimeBound): TimeSpan {
  if (typeof bound === 'number') return secondSpan(option, bound);
  if (bound instanceof Date) return pointSpan(option, bound.getTime(), 1, bound);
  const match = ISO.exec(bound.trim());
  if (match === null) throw badTime(option, bound);
  const [, day, minute = '00:00', second = ':00', fraction = '', zone = 'Z'] = match;
  const start = Date.parse(`${day}T${minute}${second}${fraction}${zone.toUpperCase()}`);
  if (Number.isNaN(start) || !isRealDay(day ?? '')) throw badTime(option, bound);
  const length = match[2] === undefined ? DAY_MS : match[3] === undefined ? MINUTE_MS : SECOND_MS;
  return pointSpan(option, start, fraction === '' ? length : 1, bound);
}

/** Date.parse moves the 31st of February into March; such a day was a slip of the caller's. */
function isRealDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function secondSpan(option: string, seconds: number): TimeSpan {
  if (Number.isNaN(seconds)) throw badTime(option, seconds);
  const start = Math.floor(seconds) * SECOND_MS;
  return { from: start, to: start + SECOND_MS - 1 };
}

function pointSpan(option: string, start: number, length: number, bound: TimeBound): TimeSpan {
  if (Number.isNaN(start)) throw badTime(option, bound);
  return { from: start, to: start + length - 1 };
}

function badTime(option: string, bound: TimeBound): SpellError {
  const shown =
    bound instanceof Date ? 'an invalid Date' : (JSON.stringify(bound) ?? String(bound));
  return new SpellError('BAD_ARGUMENT', `bad value for '${option}': ${shown} is not a time`, {
    hint: 'Give seconds, as os.time() returns them, or an ISO time such as 2026-11-21T08:30:00Z.',
    key: option,
  });
}
