/** Guard is what every backend checks before it touches its data. */
import { SpellError } from '../base/errors.js';
import { type Batch, type Key, MAX_KEY_LENGTH } from './storage.js';

const ASCII = /^[\x20-\x7e]+$/;

/**
 * Refuses keys that no backend could keep in order.
 *
 * @throws SpellError `INTERNAL`: keys are made by `key-space.ts`, which makes none of these.
 */
export function checkKey(key: Key): void {
  if (key.length > MAX_KEY_LENGTH || !ASCII.test(key)) {
    throw new SpellError(
      'INTERNAL',
      `a storage key must be 1 to ${MAX_KEY_LENGTH} printable ASCII characters, ` +
        `got ${key.length} characters starting with ${JSON.stringify(key.slice(0, 40))}`,
    );
  }
}

/** {@link checkKey} for every key of a batch. */
export function checkBatch(batch: Batch): void {
  for (const { key } of batch.preconditions) checkKey(key);
  for (const { key } of batch.writes) checkKey(key);
}

/** The error of every call after `close()`. */
export function closedError(): SpellError {
  return new SpellError('RUNTIME_CLOSED', 'the storage is closed', {
    hint: 'Finish what uses the runtime before closing it.',
  });
}

/** The error of a batch that would grow the storage beyond its configured size. */
export function overLimitError(maxBytes: number, location?: string): SpellError {
  const where = location === undefined ? 'the storage' : `the storage in ${location}`;
  return new SpellError('STORAGE_FULL', `${where} has reached its limit of ${maxBytes} bytes`, {
    hint: 'Delete sessions or artifacts, or raise runtime.storage.max_bytes.',
    key: 'runtime.storage.max_bytes',
  });
}
