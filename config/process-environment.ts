import type { Environment } from './paths.js';

/** The environment of this process: the only place where it is read. */
export function processEnvironment(): Environment {
  return process.env;
}
