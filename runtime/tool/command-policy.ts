/**
 * CommandPolicy judges programs that are to be started. A pattern is a line of words: the program, then its arguments.
 *
 * | pattern | allows |
 * | --- | --- |
 * | `ls` | `ls` without arguments |
 * | `git status *` | `git status` with any further arguments, or none |
 * | `git log --max-count=* HEAD` | in a word, `*` stands for any characters, `?` for one |
 * | `make "build all"` | quotes hold a word together |
 * | `*` | every program with any arguments |
 *
 * A program without a slash is searched in PATH. A pattern and a call mean the same program when that leads to the same
 * file; links to it are other programs, since one file may do different things under different names.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { SpellError } from '../base/errors.js';
import type { NoteDecision } from './decision.js';
import { matchesGlob } from './glob.js';

/** A program that may be started. */
export interface AllowedCommand {
  /** Absolute path. */
  readonly file: string;
  /** The pattern is `*`: nothing of it depends on the variables that the program gets. */
  readonly isUnlimited: boolean;
}

export class CommandPolicy {
  /**
   * @param patterns Those of `commands` in the configuration.
   * @param path Where programs are searched.
   */
  constructor(
    private readonly patterns: readonly string[],
    private readonly path: string,
    private readonly cwd: string,
  ) {}

  get isOpen(): boolean {
    return this.patterns.length > 0;
  }

  /**
   * @throws SpellError `POLICY_DENIED` with the line that would allow it, `FILE_NOT_FOUND` for a program that is
   * allowed and not there.
   */
  async resolve(
    program: string,
    args: readonly string[],
    note: NoteDecision,
  ): Promise<AllowedCommand> {
    if (program === '' || [program, ...args].some((word) => word.includes('\0'))) {
      throw new SpellError('BAD_ARGUMENT', 'the program is empty, or a word has a NUL byte', {
        hint: 'Give the name of a program and its arguments as a list.',
      });
    }
    const target = commandLine([program, ...args]);
    for (const pattern of this.patterns) {
      if (!(await this.#matches(pattern, program, args))) continue;
      const file = await this.#find(program);
      note({ allowed: true, rule: 'commands', target, by: pattern });
      if (file !== undefined) return { file, isUnlimited: pattern.trim() === '*' };
      throw new SpellError('FILE_NOT_FOUND', `there is no program ${program}`, {
        hint: 'Programs are searched in PATH.',
      });
    }
    note({ allowed: false, rule: 'commands', target });
    throw this.#denied(target);
  }

  async #matches(pattern: string, program: string, args: readonly string[]): Promise<boolean> {
    const [first = '', ...words] = wordsOf(pattern) ?? [];
    if (first === '*' && words.length === 0) return true;
    if (!matchWords(words, args)) return false;
    if (first === program) return true;
    const [allowed, wanted] = [await this.#find(first), await this.#find(program)];
    return allowed !== undefined && allowed === wanted;
  }

  /** The file that a program's name means. */
  async #find(program: string): Promise<string | undefined> {
    if (program.includes('/')) {
      const file = resolve(this.cwd, program);
      return (await isExecutable(file)) ? file : undefined;
    }
    for (const folder of this.path.split(delimiter)) {
      if (!isAbsolute(folder)) continue;
      const file = join(folder, program);
      if (await isExecutable(file)) return file;
    }
    return undefined;
  }

  #denied(target: string): SpellError {
    const line = `commands = ${JSON.stringify([...this.patterns, target])}`;
    const none = this.patterns.length === 0 ? ', which names nothing' : '';
    return new SpellError(
      'POLICY_DENIED',
      `${target} must not be started: no pattern of commands fits${none}`,
      {
        key: 'runtime.security.commands',
        hint: `To allow it write ${line} under [runtime.security] in llmspell.toml.`,
        details: { rule: 'commands', command: target },
      },
    );
  }
}

function matchWords(pattern: readonly string[], args: readonly string[]): boolean {
  const anyMore = pattern.at(-1) === '*';
  const fixed = anyMore ? pattern.slice(0, -1) : pattern;
  if (anyMore ? args.length < fixed.length : args.length !== fixed.length) return false;
  return fixed.every((word, index) => matchesGlob(word, args[index] as string));
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The words of a line: apart by blanks, held together by quotes; `undefined` where a quote does not end. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const word = /^(?:[^\s"']|"[^"]*"|'[^']*')+/.exec(rest)?.[0];
    if (word === undefined || !/^(\s|$)/.test(rest.slice(word.length))) return undefined;
    words.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

/** Words as a line that {@link wordsOf} takes apart again. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word !== '' && !/[\s"']/.test(word)) return word;
  if (!word.includes('"')) return `"${word}"`;
  return word.includes("'") ? `"${word.replaceAll('"', `"'"'"`)}"` : `'${word}'`;
}
