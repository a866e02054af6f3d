/** Options of the command line: how they are declared, and what was given. */
import { SpellError } from '../../runtime/base/errors.js';

/** OptionSpec declares one option. */
export interface OptionSpec {
  /** `-s, --session <id>`; without `<...>` it is a flag. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
}

/** What was given, by the options' names in camelCase. */
export type GivenOptions = Readonly<Record<string, string | boolean | readonly string[]>>;

/** Options is what was given, read with the type that a command expects. */
export class Options {
  constructor(private readonly given: GivenOptions) {}

  flag(name: string): boolean {
    return this.given[name] === true;
  }

  /** True for `--no-<name>`. */
  isOff(name: string): boolean {
    return this.given[name] === false;
  }

  text(name: string): string | undefined {
    const value = this.given[name];
    if (value === '') throw badValue(name, value, 'a text that is not empty');
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.given[name];
    return Array.isArray(value) ? value : [];
  }

  /** A whole number from 1. */
  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count < 1) throw badValue(name, text, 'a whole number from 1');
    return count;
  }

  /** A value that `parse` understands. */
  parsed<T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw badValue(name, text, expected);
    return value;
  }
}

/** A mistake in how the command line was written. */
export function usageError(message: string, hint?: string): SpellError {
  return new SpellError('USAGE', message, { hint });
}

function badValue(name: string, text: string, expected: string): SpellError {
  return usageError(
    `option '--${kebabCase(name)}' must be ${expected}, got ${JSON.stringify(text)}`,
  );
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
