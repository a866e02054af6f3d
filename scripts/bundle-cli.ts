/**
 * Bundles the command line into `dist/cli`: a hundred small modules take longer to load than a short script takes to
 * run. `main.cjs` loads the program. What a short run touches is in `program.cjs`, what a run that is kept touches
 * besides is in `part-kept.cjs`, and the rest of what they import in `part-seldom.cjs`; these two run when something
 * of them is first asked for. Code that is imported on demand stays in chunks of its own, and packages stay where they
 * are, but for the few that most runs load.
 */
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type CodeSplittingOptions, type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { filesOfRun } from './files-of-run.js';

const FOLDER = 'dist/cli';
/** Where the command line is built first, to see what it loads. */
const TRIAL = 'dist/cli-trial';
const PRELUDES = ['runtime/engine/prelude', 'bindings/lua/prelude'];
const PARTS = ['part-kept', 'part-seldom'];
/** What `main.ts` calls the program with, as Node does with every module of this kind. */
const PARAMETERS = 'exports, require, module, __filename, __dirname';
const MAIN = resolve('dist/bindings/cli/main.js');
const PROGRAM = resolve('dist/bindings/cli/program.js');
/** Imported on demand, but by every run. */
const ALWAYS = ['bindings/cli/commands/run.js', 'config/load.js', 'bindings/node/runtime.js'];
/** What it imports on demand is needed by every run that is kept. */
const STORES = 'runtime/stores.js';
/** Packages that most runs load, as they are for a program that needs nothing special of Node. */
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
/** What the program imports, and what that imports, imports on demand left out. */
const imported = staticClosure([
  PROGRAM,
  ...ALWAYS.map((file) => resolve('dist', file)),
  ...onDemand(resolve('dist', STORES)),
]);

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

/** What every start may read. */
const MAX_BYTES = 300_000;

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
      const code = ascii(withLazyParts(chunk.code));
      if (chunk.name === 'program') chunk.code = asFunction(withRuntime(code, chunk, chunks));
      else chunk.code = PARTS.includes(chunk.name) ? asFunction(code) : code;
    }
  },
};

/** Code that asks for the parts of the program when something of them is needed first. */
function withLazyParts(code: string): string {
  const lazy = code.replace(UNUSED, '').replace(REQUIRES, (_, list: string) => {
    const parts = list.replace(
      /(\w+)=(require\("\.\/part-[^"]+"\))/g,
      (_, name, load) => `${name}=new Proxy({},{get:(_,key)=>(${name}=${load})[key]})`,
    );
    return `let ${parts}`;
  });
  if (AT_ONCE.test(lazy)) throw new Error('the bundler asks for parts in an unknown way');
  return lazy;
}

// What the bundler writes at the top of a file that needs others. None of our modules does anything when it is loaded.
const UNUSED = /(?<=^|[;}\n])require\("\.\/part-[^"]+"\);/g;
const REQUIRES = /\bconst ((?:\w+=require\("\.[^"]+"\),)*\w+=require\("\.[^"]+"\))/g;
const AT_ONCE = /[,\s]\w+=require\("\.\/part-/;

/** The program with what the bundler's own functions are in: a file less to open. */
function withRuntime(
  code: string,
  { imports }: OutputChunk,
  chunks: readonly OutputChunk[],
): string {
  const slow = imports.filter((id) => id.startsWith('node:') && !AT_START.includes(id.slice(5)));
  if (slow.length !== 0) throw new Error(`every start would load ${slow}: add it to LAZY`);
  const runtime = chunks.find(({ name }) => name === 'rolldown-runtime');
  return code.replace(
    `require("./${runtime?.fileName}")`,
    () => `((exports) => {${runtime?.code}return exports})({})`,
  );
}

/** The function that `program-file.ts` calls. */
function asFunction(code: string): string {
  return `(function (${PARAMETERS}) {${code}\n})`;
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

rmSync(TRIAL, { recursive: true, force: true });
// First every unit is a part of its own: which of them a run touches shows when it runs.
const units = [...imported, ...Object.keys(BUNDLED)].filter((unit) => unit !== PROGRAM);
const isUnit = (id: string) => units.includes(unitOf(id));
const numbered = (id: string) => `part-${units.indexOf(unitOf(id))}`;
await write(TRIAL, PROGRAM, { groups: [{ name: numbered, debugName: 'units', test: isUnit }] });
await write(TRIAL, MAIN, false, { BUILD: '"trial"' });
const atStart = touched('--storage', 'memory');
const whenKept = touched();
rmSync(TRIAL, { recursive: true });

rmSync(FOLDER, { recursive: true, force: true });
const isInProgram = (id: string) => id === PROGRAM || id.startsWith('\0');
const code = await write(FOLDER, PROGRAM, {
  groups: [
    { name: 'program', test: (id) => isInProgram(id) || atStart.has(unitOf(id)) },
    { name: 'part-kept', test: (id) => whenKept.has(unitOf(id)) },
    { name: 'part-seldom', test: isUnit },
  ],
});
const build = createHash('sha256')
  .update(code.join(''))
  .update(preludes())
  .digest('hex')
  .slice(0, 16);
await write(FOLDER, MAIN, false, { BUILD: JSON.stringify(build) });
const { size } = statSync(resolve(FOLDER, 'program.cjs'));
if (size > MAX_BYTES) throw new Error(`every start would read ${size} bytes: what creeps in?`);
// npm makes it executable when it installs the package, and not when it is built anew.
chmodSync(resolve(FOLDER, 'main.cjs'), 0o755);

/** The Lua text that decides, besides the code, what a VM is that has booted. */
function preludes(): string {
  return PRELUDES.flatMap((folder) => readdirSync(folder).map((name) => resolve(folder, name)))
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}

/** The units that `llmspell run` with these options touches. */
function touched(...options: string[]): ReadonlySet<string> {
  const files = new Set(filesOfRun(resolve(TRIAL, 'main.cjs'), options));
  return new Set(units.filter((id) => files.has(resolve(TRIAL, `${numbered(id)}.cjs`))));
}

/** What is touched as one: a module of ours, or a package. */
function unitOf(id: string): string {
  return Object.keys(BUNDLED).find((name) => id.includes(`/node_modules/${name}/`)) ?? id;
}

/** @returns The code of all files. */
async function write(
  folder: string,
  input: string,
  codeSplitting: CodeSplittingOptions | false,
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
    dir: folder,
    // Loads quicker than ESM, and only a script of this kind can be compiled from what V8 kept.
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: ({ name }) => (name.startsWith('part-') ? '[name].cjs' : '[name]-[hash].cjs'),
    minify: true,
    // Parts may need each other in a circle.
    codeSplitting: codeSplitting && { includeDependenciesRecursively: false, ...codeSplitting },
  });
  return written.output.map((file) => (file.type === 'chunk' ? file.code : ''));
}

/** The files that a file imports on demand. */
function onDemand(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const paths = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(([, path]) => path as string);
  return paths.map((path) => resolve(dirname(file), path));
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
