#!/usr/bin/env node
/**
 * `llmspell` starts here: loads the program, with the code that V8 made of it at an earlier start where there is one.
 * Compiling takes as long as all the rest of a short run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { processEnvironment } from '../../config/environment.js';
import { userPaths } from '../../config/paths.js';
import { StartCache } from './start-cache.js';

/** Digest of the code, written here by the bundler. */
declare const BUILD: string;

// How much Lua's functions run before V8 optimises them, in bytes of WebAssembly. With the default, the work of
// starting up is enough for that, and a script that is over at once waits 40 ms for the optimiser to end. Compiled code
// is good only for the flags that it was made with, so they are set before any is loaded. Functions of the engine's
// module, which comes with this package, are looked at when they are first called, and not all of them at every start.
setFlagsFromString('--wasm-tiering-budget=100000000');
setFlagsFromString('--wasm-lazy-validation');

const CODE = 'code';
const file = join(import.meta.dirname, 'program.cjs');
const { version, arch } = process;
const cache = new StartCache(
  userPaths(processEnvironment()).cacheDir,
  `${BUILD}-${version}-${arch}`,
);
const cachedData = cache.read(CODE) as Buffer | undefined;
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData });
const exports = {} as typeof import('./program.js');
const loaded = { id: file, filename: file, loaded: true, children: [], exports };
// It is one function, as Node makes of every module; what is loaded on demand asks for it as for any other.
require.cache[file] = loaded as unknown as NodeJS.Module;
script.runInThisContext()(exports, require, loaded, file, import.meta.dirname);

// Code is worth keeping once a script has run: only then all that a run needs is compiled.
const isKept = cachedData !== undefined && script.cachedDataRejected === false;
exports.main(cache, () => {
  if (!isKept && cache.hasBooted) cache.write(CODE, script.createCachedData());
});
