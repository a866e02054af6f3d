/**
 * The engine's own Lua text, run in every new state before anything else. It is the same for all engines: what it
 * needs from one comes in the table that each file gets as its argument.
 */
import { readFileSync } from 'node:fs';
import type { Chunk } from './engine.js';

/** In the order in which they run; the names say what each brings. */
const FILES = ['sandbox', 'coroutine', 'base', 'table', 'string', 'debug', 'functions'];

/** Chunk name of all preludes; error positions and tracebacks leave it out. */
export const PRELUDE_CHUNK_NAME = '=[llmspell]';

let loaded: readonly Chunk[] | undefined;

/** The texts never change while the process lives, so they are read once. */
export function enginePreludes(): readonly Chunk[] {
  loaded ??= FILES.map((name) => preludeChunk(new URL(`./prelude/${name}.lua`, import.meta.url)));
  return loaded;
}

/** Reads one prelude file. */
export function preludeChunk(file: URL): Chunk {
  return { source: readFileSync(file), name: PRELUDE_CHUNK_NAME };
}
