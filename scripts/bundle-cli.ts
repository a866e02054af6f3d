/**
 * Bundles the command line into `dist/cli`: a hundred small modules take longer to load than a short script takes to
 * run. What every `llmspell run` needs becomes one file; code that is imported on demand stays in chunks of its own,
 * and packages stay where they are, but for the two that every run loads.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const ENTRY = resolve('dist/bindings/cli/main.js');
/** Imported on demand as well, but by every run. */
const ALWAYS = ['bindings/cli/commands/run.js', 'config/load.js', 'bindings/node/runtime.js'];
const BUNDLED = ['commander'];

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
const external = packages.filter((name) => !BUNDLED.includes(name));
const hot = staticClosure([ENTRY, ...ALWAYS.map((file) => resolve('dist', file))]);

const bundle = await rolldown({
  input: ENTRY,
  platform: 'node',
  checks: { ineffectiveDynamicImport: false },
  external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [
    {
      name: 'no-subprocesses',
      // commander starts subcommands that are programs of their own; ours are not, and loading this takes 2 ms.
      resolveId: (id) => (id === 'node:child_process' ? '\0no-child-process' : undefined),
      load: (id) => (id === '\0no-child-process' ? 'export default {};' : undefined),
    },
  ],
});
await bundle.write({
  dir: 'dist/cli',
  format: 'esm',
  codeSplitting: {
    groups: [{ name: 'run', test: (id) => hot.has(id) || id.includes('/node_modules/commander/') }],
  },
});

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
