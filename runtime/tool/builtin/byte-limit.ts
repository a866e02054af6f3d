import type { ToolArguments, ToolContext } from '../tool.js';

/** The most bytes that one call takes unless it says otherwise. */
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;

/** What a call may ask for where the configuration says nothing: it is held in memory. */
const CEILING = 1024 * 1024 * 1024;

/** The `max_bytes` of a call, which cannot go beyond that of `[tools.<name>]`. */
export function limitedBytes(
  args: ToolArguments,
  { limit }: ToolContext,
  fallback = DEFAULT_MAX_BYTES,
): number {
  const asked = Number(args.get('max_bytes') ?? limit.maxBytes ?? fallback);
  return Math.min(asked, limit.maxBytes ?? CEILING);
}
