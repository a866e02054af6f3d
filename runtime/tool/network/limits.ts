import { SpellError } from '../../base/errors.js';

/** NetworkLimits is what one tool may take. */
export interface NetworkLimits {
  /** Milliseconds of one call. */
  readonly timeoutMs: number;
  /** Bytes of one answer, unpacked. */
  readonly maxBytes: number;
  readonly maxRedirects: number;
  /** Requests within any 60 seconds; no limit when absent. */
  readonly requestsPerMinute: number | undefined;
}

const DEFAULT_LIMITS: NetworkLimits = {
  timeoutMs: 30_000,
  maxBytes: 10 * 1024 * 1024,
  maxRedirects: 5,
  requestsPerMinute: undefined,
};

/**
 * The limits that a table `[tools.<name>]` sets, over those that the tool has by itself.
 *
 * @throws SpellError `CONFIG`
 */
export function limitsOf(
  tool: string,
  settings: Readonly<Record<string, unknown>>,
  defaults: Partial<NetworkLimits>,
): NetworkLimits {
  const own = { ...DEFAULT_LIMITS, ...defaults };
  const number = (key: string) => wholeNumber(tool, key, settings[key]);
  return {
    timeoutMs: number('timeout_ms') ?? own.timeoutMs,
    maxBytes: number('max_bytes') ?? own.maxBytes,
    maxRedirects: number('max_redirects') ?? own.maxRedirects,
    requestsPerMinute: number('requests_per_minute') ?? own.requestsPerMinute,
  };
}

/** @throws SpellError `CONFIG` */
function wholeNumber(tool: string, key: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const least = key === 'max_redirects' ? 0 : 1;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  const place = `tools.${tool}.${key}`;
  throw new SpellError('CONFIG', `${place} must be a whole number of at least ${least}`, {
    key: place,
  });
}
