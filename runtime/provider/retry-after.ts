/** What a server says about when to come back. */

interface Headers {
  get(name: string): string | null;
}

/** Milliseconds until another attempt is welcome, from `retry-after-ms` or `retry-after` (seconds, or a date). */
export function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  const exact = headers?.get('retry-after-ms');
  if (exact && Number(exact) >= 0) return Math.ceil(Number(exact));
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  if (Number(value) >= 0) return Math.ceil(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
