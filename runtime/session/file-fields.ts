/** FileFields takes an object of a session's file apart; what is wrong is said with its place in the file. */
import { SpellError } from '../base/errors.js';
import { fromPortable } from '../base/portable-value.js';
import { Float, isMap, type Value, type ValueMap } from '../base/value.js';

/** The error of a file that can't be imported as it is. */
export function corruptSession(problem: string, cause?: unknown): SpellError {
  return new SpellError('SESSION_FILE_CORRUPT', `this file is no session: ${problem}`, {
    hint: 'Nothing was imported; a session is written with Session.export or llmspell session export.',
    cause,
  });
}

export class FileFields {
  /** @param path Where the object is, such as `messages[2]`; empty for the whole file. */
  constructor(
    readonly fields: ValueMap,
    private readonly path: string,
  ) {}

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  raw(name: string): Value {
    return this.value(name);
  }

  /** `undefined` for what is missing or null. */
  value(name: string): Value {
    return this.fields.get(name) ?? undefined;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#wrong(name, 'a text expected');
  }

  optionalText(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(name, 'a text expected');
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    if (value instanceof Float) return value.value;
    if (value === undefined || typeof value === 'number') return value;
    return this.#wrong(name, 'a number expected');
  }

  /** Text that is one of a known set. */
  oneOf<T extends string>(name: string, isKnown: (text: string) => text is T, usual: T): T {
    const text = this.optionalText(name) ?? usual;
    return isKnown(text) ? text : this.#wrong(name, `${JSON.stringify(text)} is unknown`);
  }

  /** A time as milliseconds; a text without a zone is local time. */
  time(name: string): number | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const ms = Date.parse(text);
    return Number.isNaN(ms) ? this.#wrong(name, 'a time expected') : ms;
  }

  texts(name: string): readonly string[] {
    const list = this.list(name);
    if (list.every((item) => typeof item === 'string')) return list as readonly string[];
    return this.#wrong(name, 'a list of texts expected');
  }

  list(name: string): readonly Value[] {
    const value = this.value(name) ?? [];
    return Array.isArray(value) ? value : this.#wrong(name, 'a list expected');
  }

  /** A table, exactly as it was exported. */
  map(name: string): ValueMap {
    const value = fromPortable(this.value(name)) ?? new Map();
    return isMap(value) ? value : this.#wrong(name, 'an object expected');
  }

  /** An object within; an empty one when it is missing. */
  object(name: string): FileFields {
    const value = this.value(name) ?? new Map();
    if (isMap(value)) return new FileFields(value, this.#at(name));
    return this.#wrong(name, 'an object expected');
  }

  objects(name: string): FileFields[] {
    return this.list(name).map((item, index) => {
      const place = `${this.#at(name)}[${index}]`;
      if (!isMap(item)) throw corruptSession(`${place}: an object expected`);
      return new FileFields(item, place);
    });
  }

  /** What `read` throws, said of a field. */
  within<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof SpellError) || thrown.code === 'SESSION_FILE_CORRUPT') throw thrown;
      throw corruptSession(`${this.#at(name)}: ${thrown.message}`, thrown);
    }
  }

  #wrong(name: string, problem: string): never {
    throw corruptSession(`${this.#at(name)}: ${problem}`);
  }

  #at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
