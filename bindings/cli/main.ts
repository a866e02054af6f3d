#!/usr/bin/env node
/** The program `llmspell`: runs the command line and ends with its exit status. */
import { setFlagsFromString } from 'node:v8';
import { runCommandLine } from './command-line.js';

// How much Lua's functions run before V8 optimises them, in bytes of WebAssembly. With the default, the work of
// starting up is enough for that, and a script that is over at once waits 40 ms for the optimiser to end.
setFlagsFromString('--wasm-tiering-budget=100000000');

process.on('uncaughtException', async (thrown) => {
  const { exitAfterCrash } = await import('./crash.js');
  exitAfterCrash(thrown);
});
// Everything was written when a command returns, so leaving at once loses nothing; what still waits, such as a read
// from the terminal, must not keep the program alive. No top-level await: commands import what may share a bundle with
// this module, and would wait for it to end.
runCommandLine(process.argv.slice(2)).then((status) => process.exit(status));
