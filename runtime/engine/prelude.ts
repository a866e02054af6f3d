/**
 * The engine's own Lua text, run in every new state before anything else. It is the same for all engines: what it
 * needs from one comes in the table that each file gets as its argument.
 */
import { readFileSync } from 'node:fs';
import { packageFile } from '../base/package-file.js';
import type { Chunk } from './engine.js';

/** In the order in which they run; the names say what each brings. */
const FILES = [
  ...['sandbox', 'errors', 'coroutine', 'base', 'table', 'string', 'debug', 'functions'],
];

/** Chunk name of all preludes; error positions and tracebacks leave it out. */
export const PRELUDE_CHUNK_NAME = '=[llmspell]';

let loaded: readonly Chunk[] | undefined;

/** The texts never change while the process lives, so they are read once. */
export function enginePreludes(): readonly Chunk[] {
  loaded ??= FILES.map((name) => preludeChunk(`runtime/engine/prelude/${name}.lua`));
  return loaded;
}

/** Reads one prelude file; the path starts at the root of the package. */
export function preludeChunk(path: string): Chunk {
  return { source: readFileSync(packageFile(path)), name: PRELUDE_CHUNK_NAME };
}
