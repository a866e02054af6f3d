#!/usr/bin/env node
/**
 * `llmspell` starts here: loads the program, with the code that V8 made of it at an earlier start where there is one.
 * Compiling takes as long as all the rest of a short run.
 */
import { setFlagsFromString } from 'node:v8';
import { userPaths } from '../../config/paths.js';
import { processEnvironment } from '../../config/process-environment.js';
import { ProgramFile } from './program-file.js';
import { StartCache } from './start-cache.js';

/** Digest of the code, written here by the bundler. */
declare const BUILD: string;

// How much Lua's functions run before V8 optimises them, in bytes of WebAssembly. With the default, the work of
// starting up is enough for that, and a script that is over at once waits 40 ms for the optimiser to end. Compiled code
// is good only for the flags that it was made with, so they are set before any is loaded. Functions of the engine's
// module, which comes with this package, are looked at when they are first called, and not all of them at every start.
setFlagsFromString('--wasm-tiering-budget=100000000');
setFlagsFromString('--wasm-lazy-validation');

const { version, arch } = process;
const cache = new StartCache(
  userPaths(processEnvironment()).cacheDir,
  `${BUILD}-${version}-${arch}`,
);
const files = ['program', 'part-kept', 'part-seldom'].map(
  (name) => new ProgramFile(import.meta.dirname, name, cache, require),
);
// What is loaded on demand asks for them as for any other module.
for (const file of files) require.cache[file.id] = file as unknown as NodeJS.Module;

const program = files[0]?.exports as typeof import('./program.js');
// Code is worth keeping once a script has run: only then all that a run needs is compiled.
program.main(cache, () => {
  if (cache.hasBooted) for (const file of files) file.keepCode();
});
