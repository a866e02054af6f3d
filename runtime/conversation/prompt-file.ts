/** Prompts in files: what is asked is the text, and what else a prompt says is the front matter before it. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import { utf8Text } from '../base/utf8.js';
import { fromPlain, type Value } from '../base/value.js';
import { readFrontMatter } from './front-matter.js';

/** PromptFile is a prompt by the names that scripts use, with the place that it is from. */
export interface PromptFile {
  readonly name: string;
  readonly user_prompt: string;
  /** Where it is from, and in which lines its variables stand. */
  readonly source: { readonly file: string; readonly lines: Readonly<Record<string, number>> };
  readonly [field: string]: unknown;
}

/** Files of other names in the folder are none of prompts. */
const EXTENSIONS = new Set(['.md', '.txt', '.prompt']);

type Kind = 'text' | 'texts' | 'number' | 'table';

const KNOWN: Readonly<Record<string, Kind>> = {
  ...{ name: 'text', system_prompt: 'text', description: 'text', model: 'text', provider: 'text' },
  ...{
    depends_on: 'texts',
    dependencies: 'texts',
    fallback: 'texts',
    tools: 'texts',
    stop: 'texts',
  },
  ...{ temperature: 'number', max_tokens: 'number', timeout: 'number', max_retries: 'number' },
  ...{ on_overflow: 'text', variables: 'table', retry: 'table', schema: 'table' },
  ...{ provider_config: 'table' },
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: 'a text',
  texts: 'a text or a list of texts',
  number: 'a number',
  table: 'a table',
};

/** `{{name}}`; a name may have the dots of a path. */
const VARIABLE = /\{\{\s*([\w.-]+)\s*\}\}/g;

/**
 * The prompts of a folder, by the names of their files.
 *
 * @param shown The folder as messages name it.
 * @throws SpellError `CONFIG` with file and line, `FILE_FAILED`
 */
export async function readPrompts(folder: string, shown: string): Promise<readonly PromptFile[]> {
  const names = (await listed(folder, shown)).filter((name) => EXTENSIONS.has(extname(name)));
  const prompts: PromptFile[] = [];
  for (const name of names.sort()) {
    const file = join(shown, name);
    const prompt = await readPrompt(file, utf8(file, await readFile(join(folder, name))));
    const other = prompts.find((known) => known.name === prompt.name);
    if (other !== undefined) {
      throw new SpellError('CONFIG', `two prompts have the name "${prompt.name}"`, {
        file,
        hint: `${other.source.file} has it, too.`,
      });
    }
    prompts.push(prompt);
  }
  return prompts;
}

async function listed(folder: string, shown: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new SpellError('FILE_NOT_FOUND', `${shown} does not exist`, { file: shown, cause });
    }
    const reason = code === 'ENOTDIR' ? 'it is no folder' : message;
    throw new SpellError('FILE_FAILED', `the prompts of ${shown} can't be read: ${reason}`, {
      file: shown,
      cause,
    });
  }
}

function utf8(file: string, bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return text;
  throw new SpellError('CONFIG', 'the prompt is not text in UTF-8', {
    file,
    hint: 'Save the file as UTF-8.',
  });
}

async function readPrompt(file: string, text: string): Promise<PromptFile> {
  const { fields, body, bodyLine, lineOf } = await readFrontMatter(file, text);
  for (const [key, value] of Object.entries(fields)) {
    const line = lineOf(key);
    const kind = Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
    if (kind === undefined) {
      const known = Object.keys(KNOWN);
      const hint = didYouMean(key, known) ?? `Keys: ${known.join(', ')}.`;
      throw new SpellError('CONFIG', `a prompt has no key "${key}"`, { file, line, hint });
    }
    if (!fits(kind, value)) {
      throw new SpellError('CONFIG', `"${key}" must be ${EXPECTED[kind]}`, { file, line });
    }
  }
  for (const [name, value] of Object.entries((fields.variables ?? {}) as object)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue;
    const message = `the variable "${name}" must be a text, a number or a boolean`;
    throw new SpellError('CONFIG', message, { file, line: lineOf(`variables.${name}`) });
  }
  if (body === '') {
    const hint = 'What is asked stands behind the front matter.';
    throw new SpellError('CONFIG', 'the prompt has no text', { file, line: bodyLine, hint });
  }
  const { system_prompt: system, dependencies, ...rest } = fields;
  const lines = {
    ...linesOf(String(system ?? ''), lineOf('system_prompt') ?? 1),
    ...linesOf(body, bodyLine),
  };
  return {
    ...rest,
    ...(system === undefined ? {} : { system_prompt: system }),
    ...(dependencies === undefined ? {} : { depends_on: dependencies }),
    name: (fields.name as string | undefined) ?? basename(file, extname(file)),
    user_prompt: body,
    source: { file, lines },
  };
}

function fits(kind: Kind, value: unknown): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'number') return typeof value === 'number';
  if (kind === 'table') {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === 'string' || isList;
}

/** The lines in which variables stand first. */
function linesOf(text: string, firstLine: number): Record<string, number> {
  const lines: Record<string, number> = {};
  for (const match of text.matchAll(VARIABLE)) {
    const [, name = ''] = match;
    const line = firstLine + text.slice(0, match.index).split('\n').length - 1;
    if (!Object.hasOwn(lines, name)) lines[name] = line;
  }
  return lines;
}

/** The prompts by their names, as a script gets them. */
export function promptTable(prompts: readonly PromptFile[]): Value {
  return new Map(prompts.map((prompt) => [prompt.name, fromPlain(prompt)]));
}
