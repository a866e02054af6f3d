/** Reads a file of environment variables: lines `KEY=VALUE`, `#` starts a comment, values may be quoted. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { Environment } from '../../config/paths.js';
import { SpellError } from '../../runtime/base/errors.js';

/** @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED` */
export function readEnvironmentFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8')) as Environment;
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new SpellError('FILE_NOT_FOUND', `there is no file ${file} for --env-file`);
    }
    throw new SpellError('FILE_FAILED', `cannot read ${file} for --env-file: ${message}`, {
      cause: thrown,
    });
  }
}
