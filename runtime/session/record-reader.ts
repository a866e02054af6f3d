/**
 * RecordReader takes a stored record apart field by field. A field that is not what the format says means damaged
 * storage, and a format version from a newer llmspell is refused instead of half understood.
 */
import { decodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { isMap, type Value, type ValueMap } from '../base/value.js';

export class RecordReader {
  /**
   * @param what The record for messages: `session`.
   * @param version The newest format version that the caller can read; the field `v` of the record holds its own.
   * @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER`
   */
  static open(what: string, version: number, bytes: Uint8Array): RecordReader {
    const fields = decodeRecord(bytes);
    if (!isMap(fields)) throw corrupt(what, 'it is not a table of fields');
    const reader = new RecordReader(what, fields);
    const stored = reader.integer('v');
    if (stored <= version) return reader;
    const message = `this ${what} has format ${stored}, and this llmspell reads up to ${version}`;
    throw new SpellError('STORAGE_NEWER', message, {
      hint: 'Use the version of llmspell that wrote it, or a newer one.',
    });
  }

  private constructor(
    private readonly what: string,
    private readonly fields: ValueMap,
  ) {}

  text(name: string): string {
    const value = this.fields.get(name);
    return typeof value === 'string' ? value : this.#wrong(name, 'text', value);
  }

  textOrNull(name: string): string | null {
    const value = this.fields.get(name);
    return value === null || typeof value === 'string' ? value : this.#wrong(name, 'text', value);
  }

  /** Like {@link textOrNull}, for fields that older records do not have. */
  optionalText(name: string): string | null {
    return this.fields.has(name) ? this.textOrNull(name) : null;
  }

  /** Text that is one of a known set. */
  oneOf<T extends string>(name: string, isKnown: (text: string) => text is T): T {
    const value = this.text(name);
    return isKnown(value) ? value : this.#wrong(name, 'a known word', value);
  }

  integer(name: string): number {
    const value = this.fields.get(name);
    return isInteger(value) ? value : this.#wrong(name, 'an integer', value);
  }

  integerOrNull(name: string): number | null {
    const value = this.fields.get(name);
    return value === null || isInteger(value) ? value : this.#wrong(name, 'an integer', value);
  }

  texts(name: string): readonly string[] {
    const value = this.fields.get(name);
    return isTextList(value) ? value : this.#wrong(name, 'a list of texts', value);
  }

  bytes(name: string): Uint8Array {
    const value = this.fields.get(name);
    return value instanceof Uint8Array ? value : this.#wrong(name, 'bytes', value);
  }

  list(name: string): readonly Value[] {
    const value = this.fields.get(name);
    return Array.isArray(value) ? value : this.#wrong(name, 'a list', value);
  }

  /** Like {@link list}, empty for records that do not have it. */
  optionalList(name: string): readonly Value[] {
    return this.fields.has(name) ? this.list(name) : [];
  }

  map(name: string): ValueMap {
    const value = this.fields.get(name);
    return isMap(value) ? value : this.#wrong(name, 'a table', value);
  }

  /** A field of any kind; `undefined` when it is not there. */
  value(name: string): Value {
    return this.fields.get(name);
  }

  /** A field that is left out of the record when it has its usual value. */
  optional<T>(name: string, read: (name: string) => T, usual: T): T {
    return this.fields.get(name) === undefined ? usual : read(name);
  }

  #wrong(name: string, expected: string, value: Value): never {
    throw corrupt(this.what, `'${name}' is ${typeof value} and not ${expected}`);
  }
}

/** True for an array of nothing but strings; the empty one counts. */
export function isTextList(value: Value): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isInteger(value: Value): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function corrupt(what: string, reason: string): SpellError {
  return new SpellError('STORAGE_CORRUPT', `a stored ${what} is damaged: ${reason}`, {
    hint: 'Restore the data directory from a backup, or delete the damaged record.',
  });
}
