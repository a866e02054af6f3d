/** Checks properties of the source itself: layers, sizes, and what may stand where. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * The layers, lowest first. A file may import from lower layers and from its own folder; folders of one layer do not
 * import each other. A folder stands for the files directly in it and below it, unless a longer entry names them.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['runtime/base'],
  ['runtime/engine', 'runtime/storage', 'runtime/provider', 'runtime/tool', 'config'],
  ['runtime/content'],
  ['runtime/journal', 'runtime/session'],
  ['runtime/host', 'runtime/artifact'],
  ['runtime/run', 'runtime/conversation'],
  ['runtime'],
  ['bindings/lua'],
  ['bindings/node'],
  ['bindings/web'],
  ['bindings/cli'],
];

/** Packages and the only places that may import them. */
const VENDORS: Readonly<Record<string, readonly string[]>> = {
  '@anthropic-ai/sdk': ['runtime/provider/anthropic'],
  '@iarna/toml': ['config/toml.ts'],
  '@modelcontextprotocol/client': ['runtime/tool/mcp'],
  '@napi-rs/blake-hash': ['runtime/content/content-address.ts'],
  ajv: ['runtime/tool/json-schema.ts'],
  blake3: ['runtime/content/content-address.ts', 'runtime/tool/builtin/hash-codec.ts'],
  cacache: ['scripts/bench'],
  commander: ['bindings/cli'],
  rolldown: ['scripts/bundle-cli.ts'],
  'css-select': ['runtime/tool/builtin/web-page.ts'],
  diff: ['runtime/tool/builtin/text-diff.ts'],
  domhandler: ['runtime/tool/builtin/web-page.ts'],
  fflate: ['runtime/content/compression.ts', 'runtime/tool/builtin/archive-zip.ts'],
  htmlparser2: ['runtime/tool/builtin/web-page.ts'],
  'jq-wasm': ['runtime/tool/builtin/json-query.ts'],
  lmdb: ['runtime/storage'],
  luxon: ['runtime/tool/builtin/datetime-'],
  msgpackr: ['runtime/base/encoding.ts'],
  openai: ['runtime/provider/openai', 'bindings/node/own-providers.ts', 'scripts/bench'],
  papaparse: ['runtime/tool/builtin/csv-'],
  picocolors: ['bindings/cli'],
  re2js: ['runtime/tool/pattern.ts'],
  'sorted-btree': ['runtime/storage/sorted-map.ts'],
  wasmoon: ['runtime/engine/wasmoon', 'scripts/bench'],
  zod: ['config'],
};

/** Signal 0 only asks whether a process is there. */
const IS_ALIVE = 'process.kill(pid, 0)';

/** A program that was started for a call ends with it, and so does what that has started. */
const ENDS_GROUP = "process.kill(-pid, 'SIGKILL')";

const MAX_LINES = 400;
const MAX_WIDTH = 120;

interface Source {
  readonly path: string;
  readonly text: string;
}

const sources = ['runtime', 'bindings', 'config', 'scripts'].flatMap(sourcesBelow);
const typescript = sources.filter(({ path }) => path.endsWith('.ts'));

function sourcesBelow(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /\.(ts|lua)$/.test(path) && !path.includes('node_modules'))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** The specifiers of static and dynamic imports, type imports included: types have layers too. */
function importsOf({ text }: Source): string[] {
  const found = text.matchAll(
    /(?:^(?:import|export|\})[^'\n;]*from |^import |\bimport\()'([^'\\\n]+)'/gm,
  );
  return [...found].map((match) => match[1] as string);
}

function localImportsOf(source: Source): string[] {
  return importsOf(source)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => normalize(join(dirname(source.path), specifier)).replace(/\.js$/, '.ts'));
}

function placeOf(path: string): { layer: number; folder: string } | undefined {
  const places = LAYERS.flatMap((folders, layer) => folders.map((folder) => ({ layer, folder })));
  return places
    .filter(({ folder }) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

function mayImport(from: string, to: string): boolean {
  const [source, target] = [placeOf(from), placeOf(to)];
  if (source === undefined || target === undefined) return false;
  return source.folder === target.folder || target.layer < source.layer;
}

describe('the source', () => {
  test('imports only from lower layers and from its own folder', () => {
    const wrong = typescript
      .filter(({ path }) => !path.startsWith('scripts/'))
      .flatMap((source) =>
        localImportsOf(source)
          .filter((target) => !mayImport(source.path, target))
          .map((target) => `${source.path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test('has no circular imports', () => {
    expect(findCycle(new Map(typescript.map((file) => [file.path, localImportsOf(file)])))).toBe(
      '',
    );
  });

  test('imports each package in its own place only', () => {
    const wrong = typescript.flatMap(({ path, text }) =>
      importsOf({ path, text })
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] as string)
        .filter((name) => !VENDORS[name]?.some((place) => path.startsWith(place)))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('reads the environment in config only', () => {
    const wrong = typescript.filter(
      ({ path, text }) => /process\.env\b/.test(text) && !/^(config|scripts)\//.test(path),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('prints in the command line and in scripts only', () => {
    const wrong = typescript.filter(
      ({ path, text }) =>
        /\bconsole\.|process\.(stdout|stderr)\b/.test(text) &&
        !/^(bindings\/cli|scripts)\//.test(path),
    );
    const withoutExamples = wrong.filter(({ text }) =>
      /\bconsole\.|process\.(stdout|stderr)\b/.test(text.replace(/^\s*\*.*$/gm, '')),
    );
    expect(withoutExamples.map(({ path }) => path)).toEqual([]);
  });

  test('ends no process and handles no signal outside of the command line', () => {
    const wrong = typescript.filter(
      ({ path, text }) =>
        /process\.(exit|on|once|kill)\(/.test(
          text.replaceAll(IS_ALIVE, '').replaceAll(ENDS_GROUP, ''),
        ) && !/^(bindings\/cli|scripts)\//.test(path),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test(`has files of at most ${MAX_LINES} lines and lines of at most ${MAX_WIDTH} characters`, () => {
    const long = sources.flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const wide = lines.findIndex((line) => line.length > MAX_WIDTH);
      return [
        ...(lines.length > MAX_LINES ? [`${path} has ${lines.length} lines`] : []),
        ...(wide === -1 ? [] : [`${path}:${wide + 1} is ${lines[wide]?.length} wide`]),
      ];
    });
    expect(long).toEqual([]);
  });

  test('promises nothing that is not there', () => {
    const words = /\b(TODO|FIXME|XXX|not (yet )?implemented|placeholder|for now)\b/;
    const wrong = sources.filter(({ text }) => words.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('has no folder or file that could hold anything', () => {
    const vague = /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.)/;
    expect(sources.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });
});

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file].join(' -> ');
    if (done.has(file)) return '';
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle !== '') return cycle;
    }
    done.add(file);
    return '';
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== '') return cycle;
  }
  return '';
}
