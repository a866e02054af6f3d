/**
 * Finds the Lua files that `require`, `dofile` and `loadfile` ask for: only under the script's folder and along the
 * configured paths, wherever links lead.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { SpellError } from '../../../runtime/base/errors.js';
import type { HostObject } from '../../../runtime/base/value.js';
import { Results } from '../../../runtime/engine/engine.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import { realPath } from '../../../runtime/tool/real-path.js';
import { text } from '../arguments.js';

/** Between the templates of `package.path`. */
const SEPARATOR = ';';

/** No file has a longer name. */
const MAX_NAME_LENGTH = 4096;

/** Templates behind these are not looked at. */
const MAX_TEMPLATES = 100;

interface ModuleRequest {
  readonly name: string;
  /** The script's `package.path`. */
  readonly path: string;
}

/**
 * @param folder The script's folder.
 * @param patterns Templates such as `./?.lua`, relative to the folder.
 */
export function moduleLoader(folder: string, patterns: readonly string[]): GlobalFunction[] {
  return [
    globalFunction<undefined>({
      path: 'host.module_path',
      parse: () => undefined,
      operation: {
        op: 'module.path',
        kind: 'pure',
        waits: false,
        perform: () => patterns.join(SEPARATOR),
      },
    }),
    globalFunction<ModuleRequest>({
      path: 'host.find_module',
      parse: (args) => ({ name: text(args, 1), path: text(args, 2) }),
      operation: {
        op: 'module.find',
        kind: 'state',
        waits: true,
        perform: (request) => findModule(folder, patterns, request),
      },
    }),
    globalFunction<string>({
      path: 'host.read_chunk',
      parse: (args) => text(args, 1),
      operation: {
        op: 'module.read',
        kind: 'state',
        waits: true,
        perform: async (path) => {
          if (!isFileName(path)) return new Results(undefined, 'cannot open a file of that name');
          const found = await readConfined(folder, [], resolve(folder, path));
          if (found === OUTSIDE) throw outside(path);
          return found ?? new Results(undefined, `cannot open ${path}`);
        },
      },
    }),
  ];
}

/**
 * Looks along `path`, which a script may change; what it finds must lie under the folder or a configured pattern. What
 * lies elsewhere is refused whether or not it is there.
 */
async function findModule(
  folder: string,
  patterns: readonly string[],
  { name, path: templates }: ModuleRequest,
) {
  if (!isFileName(name)) throw badModuleName(name);
  const tried: string[] = [];
  const refused: string[] = [];
  const part = name.replaceAll('.', sep);
  for (const template of templates.split(SEPARATOR, MAX_TEMPLATES)) {
    const file = template.replaceAll('?', () => part);
    if (!isFileName(file)) continue;
    const path = resolve(folder, file);
    const found = await readConfined(folder, patterns, path);
    if (found === OUTSIDE) refused.push(path);
    else if (found !== undefined) return found;
    tried.push(`\n\tno file '${display(folder, path)}'`);
  }
  if (refused[0] !== undefined) throw outside(refused[0], tried.join(''));
  return new Results(undefined, tried.join(''));
}

function isFileName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_LENGTH && !name.includes('\0');
}

/** What a path leads to that lies in none of the open folders. */
const OUTSIDE = Symbol('outside');

/** The text of a Lua file with its name for messages; `undefined` when there is none. */
async function readConfined(
  folder: string,
  patterns: readonly string[],
  path: string,
): Promise<HostObject | undefined | typeof OUTSIDE> {
  const real = await realPath(path);
  const roots = [folder, ...patterns.map((pattern) => rootOf(folder, pattern))];
  const realRoots = await Promise.all(roots.map(realPath));
  if (!realRoots.some((root) => isInside(root, real))) return OUTSIDE;
  // Folders are no modules, and a pipe may never end.
  const stats = await stat(real).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  const source = await readFile(real);
  return {
    source,
    path: display(folder, path),
    hash: createHash('sha256').update(source).digest('hex'),
  };
}

/** The folder before the first `?` of a pattern. */
function rootOf(folder: string, pattern: string): string {
  const fixed = pattern.slice(0, pattern.indexOf('?'));
  return resolve(folder, fixed.slice(0, fixed.lastIndexOf('/') + 1));
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function display(folder: string, path: string): string {
  const way = relative(folder, path);
  return way.startsWith('..') ? path : way;
}

function badModuleName(name: string): SpellError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new SpellError('MODULE_NOT_FOUND', `${shown} is not a module's name`);
}

function outside(path: string, tried = ''): SpellError {
  return new SpellError('POLICY_DENIED', `${path} lies outside of the script's folder${tried}`, {
    hint: 'Add its folder to package_path in [runtime.lua].',
    key: 'runtime.lua.package_path',
  });
}
