/**
 * The format of what storage holds: its version, the id of the storage, and the steps that bring older ones up.
 *
 * The record is the first thing that is ever written to a storage, so data without it is not ours.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { Random } from '../base/random.js';
import { FAMILY, key } from './key-space.js';
import type { Backend } from './storage.js';
import { type Transaction, transact } from './transaction.js';

/** Migration brings storage from one version to the next; it may run several times, as any change of a transaction. */
export type Migration = (transaction: Transaction) => Promise<void>;

/** The step at index `n` leads from version `n + 1` to version `n + 2`. */
export const MIGRATIONS: readonly Migration[] = [
  // To 2: the newest commits may be in a log, which programs that know version 1 only would not read.
  async () => {},
  // To 3: somebody may append to that log without looking, which programs that know version 2 only would not notice.
  async () => {},
];

/** The version that this program reads and writes. */
export const FORMAT_VERSION = MIGRATIONS.length + 1;

const FORMAT_KEY = key(FAMILY.meta, 'format');
const OWNER = 'llmspell';

export interface StorageFormat {
  readonly version: number;
  /** Made at random with the storage, and never changed: tells one storage from another. */
  readonly storageId: string;
}

export interface FormatOptions {
  readonly random: Random;
  /** There is data of any kind: without our record it is someone else's. Look before the record is read. */
  readonly hasData: boolean;
  readonly migrations?: readonly Migration[] | undefined;
}

/**
 * Makes sure that the storage has the newest format: writes the record into an empty one, migrates an older one in
 * one transaction, refuses everything else without a change.
 *
 * @throws SpellError `STORAGE_NEWER`, `STORAGE_FOREIGN`
 */
export async function ensureFormat(
  backend: Backend,
  options: FormatOptions,
): Promise<StorageFormat> {
  const migrations = options.migrations ?? MIGRATIONS;
  const newest = migrations.length + 1;
  return transact(backend, async (transaction) => {
    const bytes = await transaction.get(FORMAT_KEY);
    if (bytes === undefined && options.hasData) throw foreignError(backend.location);
    const found = bytes === undefined ? undefined : readFormat(bytes, backend.location);
    if (found !== undefined && found.version > newest) {
      throw newerError(found.version, newest, backend.location);
    }
    if (found?.version === newest) return found;
    for (const migrate of found === undefined ? [] : migrations.slice(found.version - 1)) {
      await migrate(transaction);
    }
    const storageId = found?.storageId ?? Buffer.from(options.random.bytes(16)).toString('hex');
    transaction.put(FORMAT_KEY, encodeRecord({ owner: OWNER, version: newest, id: storageId }));
    return { version: newest, storageId };
  });
}

/** The error of a place that holds data which llmspell did not write. */
export function foreignError(location: string | undefined, cause?: unknown): SpellError {
  return new SpellError('STORAGE_FOREIGN', `${place(location)} holds data of another program`, {
    hint: 'Choose another folder with --data-dir; nothing was changed here.',
    cause,
  });
}

function newerError(found: number, newest: number, location: string | undefined): SpellError {
  return new SpellError(
    'STORAGE_NEWER',
    `${place(location)} has format ${found}, this llmspell knows formats up to ${newest}`,
    {
      hint: 'Update llmspell, or choose another folder with --data-dir; nothing was changed here.',
      details: { found, newest },
    },
  );
}

function readFormat(bytes: Uint8Array, location: string | undefined): StorageFormat {
  const record = decodeRecord(bytes);
  const field = (name: string) => (record instanceof Map ? record.get(name) : undefined);
  const version = field('version');
  const storageId = field('id');
  const isOurs = field('owner') === OWNER && typeof storageId === 'string';
  if (!isOurs || !Number.isInteger(version) || (version as number) < 1) {
    throw foreignError(location);
  }
  return { version: version as number, storageId };
}

function place(location: string | undefined): string {
  return location === undefined ? 'the storage' : location;
}
