/**
 * IdMap translates between the ids that a forked script holds, which are the original's, and those of the records that
 * the fork owns.
 */
import type { HostObject, HostValue, Value, ValueKey } from '../base/value.js';
import { type HostResult, Results } from '../engine/engine.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Fields that hold ids; an id that is no UUID, such as `user123`, is translated only there. */
const ID_FIELDS = new Set([
  ...['id', 'ids', 'session', 'sessionId', 'session_id', 'parentSessionId', 'parent_session_id'],
  ...['currentSession', 'createdSession', 'savedSession'],
]);

export class IdMap {
  readonly #toOwn: ReadonlyMap<string, string>;
  readonly #toScript: ReadonlyMap<string, string>;

  /** @param own The fork's id for each id of the original; of several that lead to one, the script knows the last. */
  constructor(own: ReadonlyMap<string, string>) {
    this.#toOwn = own;
    const known = new Map([...own].map(([name, copy]) => [copy, name]));
    const others = [...own].map(([name, copy]): [string, string] => [
      name,
      known.get(copy) as string,
    ]);
    this.#toScript = new Map([...others, ...known]);
  }

  /** Arguments with the fork's ids. */
  toOwn(args: unknown): unknown {
    return translate(args, this.#toOwn, true);
  }

  /** A result with the ids that the script knows. */
  toScript(result: HostResult): HostResult {
    if (!(result instanceof Results)) return translate(result, this.#toScript, true) as HostValue;
    const values = result.values.map((value) => translate(value, this.#toScript, true));
    return new Results(...(values as HostValue[]));
  }
}

function translate(value: unknown, ids: ReadonlyMap<string, string>, isIdField: boolean): unknown {
  if (typeof value === 'string') {
    return isIdField || UUID.test(value) ? (ids.get(value) ?? value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => translate(item, ids, isIdField));
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<ValueKey, Value>)];
    return new Map(entries.map(([key, item]) => [key, translate(item, ids, isIdKey(key))]));
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value as HostObject).map(([key, item]) => [
      key,
      translate(item, ids, isIdKey(key)),
    ]),
  );
}

function isIdKey(key: ValueKey): boolean {
  return typeof key === 'string' && ID_FIELDS.has(key);
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}
