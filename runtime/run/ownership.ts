/**
 * Ownership is the right to write to a run: one process at a time has it, under a number that grows with each owner.
 * Every batch of a run's journal checks it, so a process that lost a run while it was asleep can't write to it.
 */
import { encodeRecord, readableRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { mayBeAlive, ownIdentity, type ProcessIdentity } from '../base/process-identity.js';
import { isMap, toPlain } from '../base/value.js';
import { FAMILY, key } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';

export interface Owner extends ProcessIdentity {
  /** Grows with each owner. */
  readonly fence: number;
  /** Tells owners in one process apart. */
  readonly token: string;
}

export class Ownership {
  readonly #bytes: Uint8Array;
  readonly #key: string;

  constructor(
    private readonly backend: Backend,
    private readonly run: string,
    readonly owner: Owner,
  ) {
    this.#key = ownerKey(run);
    this.#bytes = encodeOwner(owner);
  }

  /** @throws SpellError `RUN_LOCKED` when the run belongs to somebody else by now. */
  guard(transaction: Transaction): Promise<void> | undefined {
    if (transaction.isRetry) return this.#look(transaction);
    transaction.assume(this.#key, this.#bytes);
    return undefined;
  }

  async #look(transaction: Transaction): Promise<void> {
    const stored = await transaction.get(this.#key);
    if (stored !== undefined && Buffer.from(stored).equals(this.#bytes)) return;
    throw runLocked(this.run, stored === undefined ? undefined : decodeOwner(this.run, stored));
  }

  /** Gives the run back; after that anybody may take it. */
  async release(): Promise<void> {
    await transact(this.backend, async (tx) => {
      const stored = await tx.get(this.#key);
      if (stored === undefined || !Buffer.from(stored).equals(this.#bytes)) return;
      tx.put(this.#key, encodeOwner({ ...this.owner, pid: 0, started: 'released' }));
    });
  }
}

/**
 * Takes a run whose owner is gone, or that never had one.
 *
 * @param token Unlike every other one in use; a UUID.
 * @throws SpellError `RUN_LOCKED` naming the owner that is still alive.
 */
export async function takeOwnership(
  backend: Backend,
  run: string,
  token: string,
): Promise<Ownership> {
  const owner = await transact(backend, async (tx) => {
    const stored = await tx.get(ownerKey(run));
    const before = stored === undefined ? undefined : decodeOwner(run, stored);
    if (before !== undefined && before.pid !== 0 && mayBeAlive(before))
      throw runLocked(run, before);
    const next: Owner = { ...ownIdentity(), fence: (before?.fence ?? 0) + 1, token };
    tx.put(ownerKey(run), encodeOwner(next));
    return next;
  });
  return new Ownership(backend, run, owner);
}

/** Who writes to a run now; `undefined` when nobody does. */
export async function currentOwner(backend: Backend, run: string): Promise<Owner | undefined> {
  const stored = await backend.get(ownerKey(run));
  if (stored === undefined) return undefined;
  const owner = decodeOwner(run, stored);
  return owner.pid !== 0 && mayBeAlive(owner) ? owner : undefined;
}

export function ownerKey(run: string): string {
  return key(FAMILY.runOwner, run);
}

function encodeOwner({ pid, started, machine, fence, token }: Owner): Uint8Array {
  return encodeRecord({ pid, started, machine, fence, token });
}

function decodeOwner(run: string, bytes: Uint8Array): Owner {
  const record = readableRecord(bytes);
  if (isMap(record)) return toPlain(record) as unknown as Owner;
  throw new SpellError('STORAGE_CORRUPT', `nobody can tell who writes to run ${run}`, {
    hint: 'The data was damaged outside of llmspell: llmspell verify names what else is.',
    details: { run },
  });
}

/** The error of a run that somebody else executes. */
export function runLocked(run: string, owner: Owner | undefined): SpellError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.machine}`;
  return new SpellError('RUN_LOCKED', `run ${run} is being executed by ${who}`, {
    hint: 'Wait until it ends, or stop that process; a run of a dead process is free at once.',
    details: owner === undefined ? { run } : { run, pid: owner.pid, fence: owner.fence },
  });
}
