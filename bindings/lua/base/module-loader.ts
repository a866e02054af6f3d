/**
 * Finds the Lua files that `require`, `dofile` and `loadfile` ask for: only under the script's folder and along the
 * configured paths, wherever links lead.
 */
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { SpellError } from '../../../runtime/base/errors.js';
import type { HostObject } from '../../../runtime/base/value.js';
import { Results } from '../../../runtime/engine/engine.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import { text } from '../arguments.js';

/** Between the templates of `package.path`. */
const SEPARATOR = ';';

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
          const found = await readConfined(folder, [], resolve(folder, path));
          return found ?? new Results(undefined, `cannot open ${path}`);
        },
      },
    }),
  ];
}

/** Looks along `path`, which a script may change; what it finds must lie under the folder or a configured pattern. */
async function findModule(
  folder: string,
  patterns: readonly string[],
  { name, path: templates }: ModuleRequest,
) {
  if (name.includes('\0') || name === '') throw badModuleName(name);
  const tried: string[] = [];
  for (const pattern of templates.split(SEPARATOR).filter((template) => template !== '')) {
    const path = resolve(folder, pattern.replaceAll('?', name.replaceAll('.', sep)));
    const found = await readConfined(folder, patterns, path);
    if (found !== undefined) return found;
    tried.push(`\n\tno file '${display(folder, path)}'`);
  }
  return new Results(undefined, tried.join(''));
}

/** The text of a Lua file with its name for messages; `undefined` when there is none. */
async function readConfined(
  folder: string,
  patterns: readonly string[],
  path: string,
): Promise<HostObject | undefined> {
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return undefined;
  }
  const roots = [folder, ...patterns.map((pattern) => rootOf(folder, pattern))];
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
  if (!realRoots.some((root) => isInside(root, real))) throw outside(path);
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
  return new SpellError('MODULE_NOT_FOUND', `${JSON.stringify(name)} is not a module's name`);
}

function outside(path: string): SpellError {
  return new SpellError('POLICY_DENIED', `${path} lies outside of the script's folder`, {
    hint: 'Add its folder to package_path in [runtime.lua].',
    key: 'runtime.lua.package_path',
  });
}
