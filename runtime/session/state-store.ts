/**
 * StateStore keeps named values that scripts share across runs, by scope: `global`, or any other text that scripts
 * agree on. Values are exact; a value of nil removes its key.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import type { Redactor } from '../base/redactor.js';
import type { Value } from '../base/value.js';
import { FAMILY, key, prefixRange } from '../storage/key-space.js';
import type { Backend, Entry } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';

/** Loads after which the loop goes round: a script may wait for what another one is to save. */
const MAX_IN_A_ROW = 50;

/** Entries that one read of {@link StateStore.keys} takes. */
const PAGE = 500;

export class StateStore {
  /** Values that were loaded at once, since the last one that was not. */
  #inARow = 0;

  /** @param redactor Looks at every value before it is stored. */
  constructor(
    private readonly backend: Backend,
    private readonly redactor?: Redactor,
  ) {}

  /** A value; at once where the backend can, but never so often that nobody else gets a turn. */
  load(scope: string, name: string): Value | Promise<Value> {
    if (this.backend.getNow !== undefined && this.#inARow < MAX_IN_A_ROW) {
      this.#inARow += 1;
      return valueIn(this.backend.getNow(stateKey(scope, name)));
    }
    this.#inARow = 0;
    return this.#loadLater(scope, name);
  }

  async #loadLater(scope: string, name: string): Promise<Value> {
    await new Promise((resolve) => setImmediate(resolve));
    return valueIn(await this.backend.get(stateKey(scope, name)));
  }

  save(transaction: Transaction, scope: string, name: string, value: Value): void {
    const kept = this.redactor === undefined ? value : this.redactor.value(value, 'state');
    transaction.put(stateKey(scope, name), encodeRecord({ name, value: kept }));
  }

  /** @returns Whether there was a value. */
  async remove(transaction: Transaction, scope: string, name: string): Promise<boolean> {
    const found = (await transaction.get(stateKey(scope, name))) !== undefined;
    if (found) transaction.remove(stateKey(scope, name));
    return found;
  }

  /** The names in a scope, sorted. */
  async keys(scope: string): Promise<string[]> {
    const names: string[] = [];
    const range = prefixRange(key(FAMILY.state, scope));
    let entries: Entry[];
    let { start } = range;
    do {
      entries = await this.backend.range({ ...range, start, limit: PAGE });
      for (const { value } of entries) names.push(decodeState(value).name);
      // The smallest key behind the last one.
      start = `${entries.at(-1)?.key}\0`;
    } while (entries.length === PAGE);
    return names.sort();
  }
}

function stateKey(scope: string, name: string): string {
  return key(FAMILY.state, scope, name);
}

function valueIn(bytes: Uint8Array | undefined): Value {
  return bytes === undefined ? undefined : decodeState(bytes).value;
}

function decodeState(bytes: Uint8Array): { name: string; value: Value } {
  const record = decodeRecord(bytes) as ReadonlyMap<string, Value>;
  return { name: record.get('name') as string, value: record.get('value') };
}
