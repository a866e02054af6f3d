/** ToolLimits is what `[tools.<name>]` allows single tools. */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';

export interface ToolLimit {
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number | undefined;
  /** Bytes that one call may read, write or give back. */
  readonly maxBytes: number | undefined;
  readonly maxCallsPerMinute: number | undefined;
}

export const UNLIMITED: ToolLimit = {
  timeoutMs: undefined,
  maxBytes: undefined,
  maxCallsPerMinute: undefined,
};

const MINUTE_MS = 60_000;

export class ToolLimits {
  readonly #limits = new Map<string, ToolLimit>();
  /** When the calls of the last minute began, for tools whose number is limited. */
  readonly #calls = new Map<string, number[]>();

  /** @param tables The tables by their names in the configuration. */
  constructor(
    private readonly tables: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    private readonly clock: Clock,
  ) {}

  /** Files of rs-llmspell write `file_operations` for `file-operations`, and `max_file_size` for `max_bytes`. */
  of(tool: string): ToolLimit {
    const known = this.#limits.get(tool);
    if (known !== undefined) return known;
    const table = this.tables[tool] ?? this.tables[tool.replaceAll('-', '_')];
    const limit = table === undefined ? UNLIMITED : limitOf(table);
    this.#limits.set(tool, limit);
    return limit;
  }

  /** Counts a call. @throws SpellError `POLICY_DENIED` for one too many. */
  count(tool: string): void {
    const { maxCallsPerMinute: max } = this.of(tool);
    if (max === undefined) return;
    const now = this.clock.monotonic();
    const recent = (this.#calls.get(tool) ?? []).filter((at) => at > now - MINUTE_MS);
    if (recent.length >= max) {
      throw new SpellError(
        'POLICY_DENIED',
        `the tool "${tool}" was called ${max} times within a minute`,
        {
          key: `tools.${tool}.max_calls_per_minute`,
          hint: `Wait, or raise max_calls_per_minute under [tools.${tool}] in llmspell.toml.`,
          details: { rule: 'max_calls_per_minute', tool },
        },
      );
    }
    this.#calls.set(tool, [...recent, now]);
  }
}

function limitOf(table: Readonly<Record<string, unknown>>): ToolLimit {
  const number = (...keys: string[]) => {
    const value = keys.map((key) => table[key]).find((found) => found !== undefined);
    return typeof value === 'number' ? value : undefined;
  };
  return {
    timeoutMs: number('timeout_ms'),
    maxBytes: number('max_bytes', 'max_file_size'),
    maxCallsPerMinute: number('max_calls_per_minute'),
  };
}
