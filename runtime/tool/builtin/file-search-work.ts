/** What the tool file-search does. */
import { setImmediate } from 'node:timers/promises';
import { SpellError } from '../../base/errors.js';
import type { HostObject, HostValue, Value } from '../../base/value.js';
import { fileError, readWhole } from '../file-access.js';
import { type Folder, systemError } from '../folder.js';
import { matchesPath } from '../glob.js';
import { patternEngine } from '../pattern.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { walk } from '../tree.js';
import { limitedBytes } from './byte-limit.js';
import { badArgument, textOf } from './input.js';

const DEFAULT_MAX_RESULTS = 100;
/** Characters of a line that are given. */
const MAX_LINE = 1000;
/** Bytes that tell whether a file is text. */
const SAMPLE = 8000;
/** Characters that are searched before others get their turn. */
const TURN = 1_000_000;

/** Where a line fits: the character it begins at, from 0; `undefined` where it doesn't. */
type Finder = (line: string) => number | undefined;

interface Search {
  readonly find: Finder | undefined;
  readonly contextLines: number;
  readonly maxResults: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly matches: HostObject[];
  filesSearched: number;
  filesSkipped: number;
  truncated: boolean;
  /** Characters searched since others had their turn. */
  sinceTurn: number;
}

export async function search(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const { files } = context.machine;
  const path = textOf(args, 'path');
  const work: Search = {
    find: args.has('pattern') ? await finderOf(args) : undefined,
    contextLines: Number(args.get('context_lines') ?? 0),
    maxResults: Number(args.get('max_results') ?? DEFAULT_MAX_RESULTS),
    maxBytes: limitedBytes(args, context),
    signal: context.signal,
    matches: [],
    filesSearched: 0,
    filesSkipped: 0,
    truncated: false,
    sinceTurn: 0,
  };
  const stats = await files.look(path);
  if (stats === undefined) throw fileError(path, systemError('ENOENT', path));
  if (stats.isDirectory()) {
    await files.folder(path, 'read', (folder) => searchFolder(work, folder, args));
  } else {
    await files.at(path, 'read', ({ folder, name }) => searchFile(work, folder, name, name));
  }
  const { matches, filesSearched, filesSkipped, truncated } = work;
  return {
    path,
    matches,
    match_count: matches.length,
    files_searched: filesSearched,
    files_skipped: filesSkipped,
    truncated,
  };
}

async function searchFolder(work: Search, folder: Folder, args: ToolArguments): Promise<void> {
  const include = globsOf(args.get('include'));
  const exclude = globsOf(args.get('exclude'));
  const isExcluded = (path: string) => exclude.some((glob) => matchesPath(glob, path));
  const recursive = args.get('recursive') !== false;
  const enters = (path: string) => !isExcluded(path);
  for await (const entry of walk(folder, { signal: work.signal, recursive, enters })) {
    const { path, type, isClosed } = entry;
    if (isClosed) work.filesSkipped += 1;
    if (type !== 'file' || isExcluded(path)) continue;
    if (include.length > 0 && !include.some((glob) => matchesPath(glob, path))) continue;
    await searchFile(work, entry.folder, entry.name, path);
    if (work.truncated) return;
  }
}

async function searchFile(work: Search, folder: Folder, name: string, path: string): Promise<void> {
  if (work.find === undefined) {
    const stats = await folder.look(name);
    if (stats === undefined) return;
    const modified = Math.floor(stats.mtimeMs / 1000);
    addMatch(work, { path, size: stats.size, modified });
    work.filesSearched += 1;
    return;
  }
  const text = await textOfFile(work, folder, name);
  if (text === undefined) {
    work.filesSkipped += 1;
    return;
  }
  work.filesSearched += 1;
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    await takeTurns(work, line.length + 1);
    const at = work.find(line);
    if (at === undefined) continue;
    addMatch(work, { path, line: index + 1, column: at + 1, ...shown(lines, index, work) });
    if (work.truncated) return;
  }
}

function addMatch(work: Search, match: HostObject): void {
  if (work.matches.length >= work.maxResults) work.truncated = true;
  else work.matches.push(match);
}

function shown(
  lines: readonly string[],
  index: number,
  { contextLines }: Search,
): { readonly [key: string]: HostValue } {
  const text = cut(lines[index] as string);
  if (contextLines === 0) return { text };
  const before = lines.slice(Math.max(0, index - contextLines), index).map(cut);
  const after = lines.slice(index + 1, index + 1 + contextLines).map(cut);
  return { text, before, after };
}

function cut(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}...` : line;
}

/** The text of a file; `undefined` for one that is too large, closed to this user, or no text. */
async function textOfFile(
  { maxBytes }: Search,
  folder: Folder,
  name: string,
): Promise<string | undefined> {
  try {
    await using file = await folder.file(name);
    const bytes = await readWhole(file, name, maxBytes);
    return bytes.subarray(0, SAMPLE).includes(0) ? undefined : bytes.toString('utf8');
  } catch (thrown) {
    if (thrown instanceof SpellError && thrown.code === 'TOO_LARGE') return undefined;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'ENOENT' || code === 'POLICY_DENIED') return undefined;
    throw thrown;
  }
}

/** Others get their turn now and then, the one who wants to end the search among them. */
async function takeTurns(work: Search, length: number): Promise<void> {
  work.sinceTurn += length;
  if (work.sinceTurn < TURN) return;
  work.sinceTurn = 0;
  await setImmediate();
  work.signal.throwIfAborted();
}

async function finderOf(args: ToolArguments): Promise<Finder> {
  const pattern = textOf(args, 'pattern');
  const ignoreCase = args.get('case_sensitive') === false;
  if (args.get('regex') !== true) return plainFinder(pattern, ignoreCase);
  const engine = await patternEngine();
  try {
    const compiled = engine.compile(pattern, { ignoreCase });
    return (line) => {
      const [first] = compiled.matches(line);
      return first?.start;
    };
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'BAD_ARGUMENT') throw thrown;
    throw badArgument('/pattern', `is no regular expression: ${thrown.message}`, thrown.hint);
  }
}

function plainFinder(pattern: string, ignoreCase: boolean): Finder {
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  return (line) => {
    const at = (ignoreCase ? line.toLowerCase() : line).indexOf(wanted);
    return at === -1 ? undefined : at;
  };
}

function globsOf(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : [];
}
