/**
 * Bundles the command line into `dist/cli`: a hundred small modules take longer to load than a short script to run.
 * Code that a command does not always need stays in chunks of its own, loaded when it is imported; packages with
 * binaries or files of their own stay where they are.
 */
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const REQUIRE = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

const BUNDLED = ['commander', 'picocolors', 'uuid'];

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

await build({
  entryPoints: ['dist/bindings/cli/main.js'],
  outdir: 'dist/cli',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: packages.filter((name) => !BUNDLED.includes(name)),
  // Bundled CommonJS packages call require() for Node's own modules.
  banner: { js: REQUIRE },
  legalComments: 'linked',
  logLevel: 'warning',
});
