/**
 * Snapshotter photographs a run while it rests and keeps the photographs as checkpoints: the newest few, and those with
 * a label.
 */
import { encodeRecord } from '../base/encoding.js';
import type { PageStore, StoredPage } from '../content/page-store.js';
import type { Soon, VmImage } from '../engine/engine.js';
import type { CheckpointLabel } from '../host/host-call.js';
import type { Payload } from '../journal/journal-event.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import {
  type Checkpoint,
  checkpointKey,
  encodeCheckpoint,
  putCheckpointList,
} from './checkpoint.js';

export interface SnapshotterOptions {
  readonly run: string;
  readonly build: string;
  readonly pages: PageStore;
  readonly writer: JournalWriter;
  readonly now: () => number;
  /** Checkpoints without a label to keep. */
  readonly keep: number;
  /** Those that there are already, oldest first. */
  readonly checkpoints: readonly Checkpoint[];
  /** Those of them whose photograph can't be read. */
  readonly damaged: ReadonlySet<Checkpoint>;
  /** Where further ones are of which nothing can be read. */
  readonly unreadable: readonly Key[];
  /** The one that the VM starts from. */
  readonly from: Checkpoint | undefined;
  readonly hash: (bytes: Uint8Array) => string;
}

/** What a checkpoint holds besides the photograph. */
export type RestingState = Omit<
  Checkpoint,
  'seq' | 'at' | 'label' | 'session' | 'build' | 'size' | 'pages' | 'host'
>;

const NO_DATA: Payload = { inline: new Uint8Array() };

export class Snapshotter {
  readonly #options: SnapshotterOptions;
  /** The pages of the VM as of its last photograph. */
  readonly #pages: Map<number, string>;
  /** Pages that were photographed and not stored yet. */
  readonly #unstored = new Map<string, StoredPage>();
  /** Pages that this process has stored and a checkpoint has: a collection changes all, and the next one back. */
  readonly #stored = new Set<string>();
  #checkpoints: Checkpoint[];
  #newest: Checkpoint | undefined;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    this.#checkpoints = options.checkpoints.filter((checkpoint) => !this.#isUseless(checkpoint));
    this.#pages = new Map(options.from?.pages);
    this.#newest = options.from;
  }

  /** The newest checkpoint that this process could go on from. */
  get newest(): Checkpoint | undefined {
    return this.#newest;
  }

  /** Keeps a photograph, with everything that was journaled before it. */
  async take(
    photograph: Soon<VmImage>,
    state: RestingState,
    asked?: CheckpointLabel,
  ): Promise<Checkpoint> {
    const { run, build, pages, writer, now, hash } = this.#options;
    const image = photograph instanceof Promise ? await photograph : photograph;
    for (const { page, bytes } of image.pages) {
      const name = hash(bytes);
      this.#pages.set(page, name);
      this.#unstored.set(name, { hash: name, bytes });
    }
    const photographed = new Map(this.#pages);
    const changed = [...this.#unstored.values()];
    const { checkpoint } = await writer.commitNumbered(
      async (tx, seq) => {
        const made: Checkpoint = {
          ...state,
          seq,
          at: now(),
          label: asked?.label ?? null,
          session: asked?.session ?? null,
          build,
          size: image.size,
          pages: photographed,
          host: image.host,
        };
        const missing = changed.filter(({ hash: name }) => !this.#stored.has(name));
        await pages.put(tx, run, missing);
        const record = encodeCheckpoint(made);
        tx.put(checkpointKey(run, seq), record);
        await this.#dropOld(tx, made);
        putCheckpointList(tx, run, this.#keptWith(made));
        return { checkpoint: made, digest: hash(record) };
      },
      ({ digest }) => ({
        type: 'checkpoint',
        label: asked?.label,
        data: asked === undefined ? NO_DATA : { inline: encodeRecord(asked.data) },
        image: digest,
        outputs: state.outputs,
      }),
    );
    for (const { hash: name } of changed) {
      this.#unstored.delete(name);
      this.#stored.add(name);
    }
    this.#checkpoints = this.#keptWith(checkpoint);
    this.#newest = checkpoint;
    return checkpoint;
  }

  /** The checkpoints that stay when `newest` comes. */
  #keptWith(newest: Checkpoint): Checkpoint[] {
    const all = [...this.#checkpoints, newest];
    const unlabelled = all.filter(({ label }) => label === null).slice(-this.#options.keep);
    return all.filter((checkpoint) => checkpoint.label !== null || unlabelled.includes(checkpoint));
  }

  async #dropOld(transaction: Transaction, newest: Checkpoint): Promise<void> {
    const kept = this.#keptWith(newest);
    const dropped = this.#checkpoints.filter((checkpoint) => !kept.includes(checkpoint));
    await this.#drop(transaction, dropped, kept);
  }

  /** Removes checkpoints that can't be read; of one with a label a later photograph may bring the lost page again. */
  async dropDamaged(transaction: Transaction): Promise<void> {
    const { checkpoints, unreadable } = this.#options;
    const dropped = checkpoints.filter((checkpoint) => this.#isUseless(checkpoint));
    if (dropped.length === 0 && unreadable.length === 0) return;
    for (const checkpoint of unreadable) transaction.remove(checkpoint);
    await this.#drop(transaction, dropped, this.#checkpoints);
    putCheckpointList(transaction, this.#options.run, this.#checkpoints);
  }

  #isUseless(checkpoint: Checkpoint): boolean {
    return checkpoint.label === null && this.#options.damaged.has(checkpoint);
  }

  async #drop(
    transaction: Transaction,
    dropped: readonly Checkpoint[],
    kept: readonly Checkpoint[],
  ): Promise<void> {
    const { run, pages } = this.#options;
    if (dropped.length === 0) return;
    const inUse = new Set(kept.flatMap((checkpoint) => [...checkpoint.pages.values()]));
    const unused = new Set<string>();
    for (const checkpoint of dropped) {
      transaction.remove(checkpointKey(run, checkpoint.seq));
      for (const hash of checkpoint.pages.values()) if (!inUse.has(hash)) unused.add(hash);
    }
    for (const hash of unused) this.#stored.delete(hash);
    await pages.forget(transaction, run, unused);
  }
}
