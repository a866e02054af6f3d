/**
 * The engine's own Lua text, run in every new state before anything else. It is the same for all engines: what it
 * needs from one comes in the table that each file gets as its argument.
 */
import { readFileSync } from 'node:fs';
import { packageFile } from '../base/package-file.js';
import type { Chunk } from './engine.js';

/** In the order in which they run; the names say what each brings. */
const FILES = [
  ...[
    'sandbox',
    'errors',
    'coroutine',
    'branches',
    'traces',
    'base',
    'table',
    'string',
    'debug',
    'functions',
  ],
];

/** Chunk name of all preludes; error positions and tracebacks leave it out. */
export const PRELUDE_CHUNK_NAME = '=[llmspell]';

const CHUNKS = FILES.map((name) => preludeChunk(`runtime/engine/prelude/${name}.lua`));

export function enginePreludes(): readonly Chunk[] {
  return CHUNKS;
}

/**
 * One prelude file; the path starts at the root of the package. It is read when its text is asked for, and once, since
 * it never changes while the process lives.
 */
export function preludeChunk(path: string): Chunk {
  let source: Uint8Array | undefined;
  return {
    name: PRELUDE_CHUNK_NAME,
    get source() {
      source ??= readFileSync(packageFile(path));
      return source;
    },
  };
}
