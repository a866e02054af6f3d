/**
 * Regular expressions of callers, by an engine whose time grows only with the text: with JavaScript's own, a pattern
 * such as `(a+)+$` can take longer than anybody waits, and nothing could stop it. The price are two things that such an
 * engine doesn't have: references back to a group, and conditions on what is in front or behind.
 */
import type { RE2JS } from 're2js';
import { SpellError } from '../base/errors.js';

export interface PatternOptions {
  readonly ignoreCase?: boolean | undefined;
}

/** Match is one place where a pattern fits. */
export interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

export interface Pattern {
  /** True where the pattern fits any part of the text. @throws SpellError `TOO_LARGE` */
  test(text: string): boolean;
  /** @throws SpellError `TOO_LARGE` */
  matches(text: string): Generator<Match>;
}

/** Steps that one search may take: its text times the size of its pattern; about a second. */
const MAX_STEPS = 50_000_000;
/** Milliseconds that finding all places of a pattern may take. */
const MAX_MS = 2000;
const MAX_LENGTH = 2000;

/** The engine, loaded; compiling a pattern does not wait. */
export interface PatternEngine {
  /** @throws SpellError `BAD_ARGUMENT` for a pattern that it doesn't understand. */
  compile(source: string, options?: PatternOptions): Pattern;
}

/** @param budget Steps that all searches of all its patterns may take together. */
export async function patternEngine(budget = Number.POSITIVE_INFINITY): Promise<PatternEngine> {
  const { RE2JS } = await import('re2js');
  let left = budget;
  const spend = (steps: number) => {
    left -= steps;
    return steps <= MAX_STEPS && left >= 0;
  };
  return {
    compile: (source, { ignoreCase = false } = {}) => {
      if (source.length > MAX_LENGTH) {
        throw unfit(source, `it is longer than ${MAX_LENGTH} characters`);
      }
      try {
        return new LinearPattern(
          RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0),
          spend,
        );
      } catch (cause) {
        throw unfit(source, (cause as Error).message, cause);
      }
    },
  };
}

class LinearPattern implements Pattern {
  constructor(
    private readonly re: RE2JS,
    private readonly spend: (steps: number) => boolean,
  ) {}

  test(text: string): boolean {
    this.#requireShort(text);
    return this.re.test(text);
  }

  *matches(text: string): Generator<Match> {
    this.#requireShort(text);
    const matcher = this.re.matcher(text);
    const end = performance.now() + MAX_MS;
    while (matcher.find()) {
      // Each search looks ahead as far as it wants to, so that many of them can take long.
      if (performance.now() > end) throw this.#tooLong(text);
      const groups = Array.from(
        { length: this.re.groupCount() },
        (_, index) => matcher.group(index + 1) ?? undefined,
      );
      yield { text: matcher.group() ?? '', start: matcher.start(), end: matcher.end(), groups };
    }
  }

  #requireShort(text: string): void {
    if (!this.spend(text.length * this.re.programSize())) throw this.#tooLong(text);
  }

  #tooLong(text: string): SpellError {
    const pattern = show(this.re.pattern());
    return new SpellError('TOO_LARGE', `the text is too long for the pattern ${pattern}`, {
      hint: 'Take a shorter text, or a simpler pattern.',
      details: { length: text.length },
    });
  }
}

function unfit(source: string, reason: string, cause?: unknown): SpellError {
  return new SpellError('BAD_ARGUMENT', `the pattern ${show(source)} can't be used: ${reason}`, {
    hint: 'Patterns are those of RE2: https://github.com/google/re2/wiki/Syntax.',
    cause,
  });
}

function show(source: string): string {
  return JSON.stringify(source.length > 60 ? `${source.slice(0, 60)}...` : source);
}
