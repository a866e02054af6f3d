/** CommandSpec is one command as data, and what several of them have in common. */
import type { Invocation } from './invocation.js';
import type { OptionSpec } from './option.js';

export interface CommandSpec {
  /** `session list` is `list` in the group `session`. */
  readonly name: string;
  /** `<needed>`, `[optional]`, `<several...>`. */
  readonly args: string;
  readonly summary: string;
  /** Shown below the options. */
  readonly details?: string;
  readonly options: readonly OptionSpec[];
  /** Everything behind the first argument belongs to a script. */
  readonly takesScript?: boolean;
  /** Answers the exit status. */
  readonly run: (invocation: Invocation) => Promise<number>;
}

export const PAGE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--limit <count>', description: 'show at most so many (50)' },
  { flags: '--cursor <cursor>', description: 'go on where a list ended' },
];

export const TAG: OptionSpec = { flags: '--tag <tag>', description: 'have this tag', repeat: true };

export const METADATA_DETAILS = `
In --metadata KEY=VALUE a VALUE that is JSON counts as such (2, true, "2"), anything else as text.`;

/** What models may take. */
export const BUDGET_OPTIONS: readonly OptionSpec[] = [
  { flags: '--max-tokens-total <count>', description: 'let models take at most so many tokens' },
  { flags: '--max-cost <usd>', description: 'let models cost at most so much, such as 0.50' },
];
