/**
 * LogRecord is what the tree of a storage knows of its log: the salt of the generation, and who alone appends to it.
 * Whoever begins a generation is its only appender, and knows all of the log without looking. Another one who wants to
 * append takes that away first, in a transaction of its own: from then on everybody looks before appending.
 *
 * | bytes | |
 * | --- | --- |
 * | 0-15 | the salt |
 * | 16-31 | the id of the only appender; missing when there is none |
 */
import { isSame, SALT_BYTES } from './commit-log.js';

export const APPENDER_BYTES = 16;

export interface LogRecord {
  /** `undefined` before the first generation. */
  readonly salt: Uint8Array | undefined;
  readonly appender: 'we' | 'another' | undefined;
}

export const NO_LOG: LogRecord = { salt: undefined, appender: undefined };

/** @param own The id of the reader. */
export function decodeLogRecord(bytes: Uint8Array | undefined, own: Uint8Array): LogRecord {
  if (bytes === undefined) return NO_LOG;
  const salt = bytes.subarray(0, SALT_BYTES);
  if (bytes.length === SALT_BYTES) return { salt, appender: undefined };
  return { salt, appender: isSame(bytes.subarray(SALT_BYTES), own) ? 'we' : 'another' };
}

/** @param appender The id of the only one. */
export function encodeLogRecord(salt: Uint8Array, appender?: Uint8Array): Uint8Array {
  return appender === undefined ? salt : Buffer.concat([salt, appender]);
}
