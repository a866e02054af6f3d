/**
 * Bundles the command line into `dist/cli`: a hundred small modules take longer to load than a short script takes to
 * run. What every `llmspell run` needs becomes one file, `program.cjs`; code that is imported on demand stays in chunks
 * of its own, and packages stay where they are, but for the two that every run loads. `main.cjs` loads the program.
 */
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type OutputChunk, type OutputOptions, type Plugin, rolldown } from 'rolldown';

const FOLDER = 'dist/cli';
/** What `main.ts` calls the program with, as Node does with every module of this kind. */
const PARAMETERS = 'exports, require, module, __filename, __dirname';
const MAIN = resolve('dist/bindings/cli/main.js');
const PROGRAM = resolve('dist/bindings/cli/program.js');
/** Imported on demand as well, but by every run. */
const ALWAYS = ['bindings/cli/commands/run.js', 'config/load.js', 'bindings/node/runtime.js'];
/** Packages that every run loads, as they are for a program that needs nothing special of Node. */
const BUNDLED: Readonly<Record<string, string>> = {
  commander: 'node_modules/commander/index.js',
  // Without the native decoder, which takes longer to load than it saves on records of a few hundred bytes.
  msgpackr: 'node_modules/msgpackr/index.js',
};

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
const external = packages.filter((name) => BUNDLED[name] === undefined);
const hot = staticClosure([PROGRAM, ...ALWAYS.map((file) => resolve('dist', file))]);
const isBundled = (id: string) =>
  Object.keys(BUNDLED).some((name) => id.includes(`/node_modules/${name}/`));

/** Parts of Node that take milliseconds to load, and that most runs do without: each is loaded at its first call. */
const LAZY = [
  'node:crypto',
  'node:fs/promises',
  'node:net',
  'node:stream/promises',
  'node:timers/promises',
];

/** What a start may load: Node has most of it loaded anyway. */
const AT_START = ['buffer', 'events', 'fs', 'module', 'os', 'path', 'process', 'url', 'vm'];

const asNeeded: Plugin = {
  name: 'as-needed',
  resolveId: (id, importer) => {
    // What stands for a part of Node loads the real one.
    if (importer?.startsWith('\0') === true) return { id, external: true };
    const isPackage = importer?.includes('/node_modules/') === true;
    if (LAZY.includes(id) || (isPackage && STAND_INS[id] !== undefined)) return `\0${id}`;
    return BUNDLED[id] === undefined ? undefined : resolve(BUNDLED[id]);
  },
  load: async (id) => {
    const name = id.slice(1);
    return LAZY.includes(name) ? lazyModule(name, await import(name)) : STAND_INS[name];
  },
  // A file of this kind has what the function would make.
  transform: (code) => code.replaceAll('createRequire(import.meta.url)', 'require'),
  generateBundle: (_, bundle) => {
    const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
    for (const chunk of chunks) {
      const code = ascii(chunk.code);
      chunk.code = chunk.name === 'program' ? programOf(code, chunks) : code;
    }
  },
};

/** The function that `main.ts` calls. What the bundler's own functions are in is part of it: a file less to open. */
function programOf(code: string, chunks: readonly OutputChunk[]): string {
  const slow = chunks
    .find(({ name }) => name === 'program')
    ?.imports.filter((id) => id.startsWith('node:') && !AT_START.includes(id.slice(5)));
  if (slow?.length !== 0) throw new Error(`every start would load ${slow}: add it to LAZY`);
  const runtime = chunks.find(({ name }) => name === 'rolldown-runtime');
  const whole = code.replace(
    `require("./${runtime?.fileName}")`,
    () => `((exports) => {${runtime?.code}return exports})({})`,
  );
  return `(function (${PARAMETERS}) {${whole}\n})`;
}

const STAND_INS: Readonly<Record<string, string>> = {
  // commander starts subcommands that are programs of their own; ours are not.
  'node:child_process': 'export default {};',
};

/** Code in which every byte is a character: reading it so is quickest. */
function ascii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function lazyModule(name: string, real: object): string {
  return Object.entries(real)
    .filter(([key, value]) => key !== 'default' && typeof value === 'function')
    .map(([key]) => `export const ${key} = (...args) => require('${name}').${key}(...args);`)
    .join('\n');
}

rmSync(FOLDER, { recursive: true, force: true });
const chunks = await write(PROGRAM, {
  codeSplitting: { groups: [{ name: 'program', test: (id) => hot.has(id) || isBundled(id) }] },
});
const build = createHash('sha256').update(chunks.join('')).digest('hex').slice(0, 16);
await write(MAIN, { codeSplitting: false }, { BUILD: JSON.stringify(build) });
// npm makes it executable when it installs the package, and not when it is built anew.
chmodSync(join(FOLDER, 'main.cjs'), 0o755);

/** @returns The code of all files. */
async function write(
  input: string,
  output: OutputOptions,
  define: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const bundle = await rolldown({
    input,
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    checks: { ineffectiveDynamicImport: false },
    external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [asNeeded],
    transform: { define },
  });
  const written = await bundle.write({
    dir: FOLDER,
    // Loads quicker than ESM, and only a script of this kind can be compiled from what V8 kept.
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: true,
    ...output,
  });
  return written.output.map((file) => (file.type === 'chunk' ? file.code : ''));
}

/** The files that are loaded when these are: those that they import, and so on, imports on demand left out. */
function staticClosure(files: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)';/gm)) {
      visit(resolve(dirname(file), path as string));
    }
  };
  for (const file of files) visit(file);
  return found;
}
