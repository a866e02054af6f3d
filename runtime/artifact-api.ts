/** ArtifactApi is artifacts as programs that embed the runtime use them: plain objects, bytes, streams. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArtifactRecord } from './artifact/artifact.js';
import { decodeData, encodeData } from './artifact/artifact-data.js';
import type { ArtifactStore, NewArtifact } from './artifact/artifact-store.js';
import { SpellError } from './base/errors.js';
import { fromPlain, type PlainValue, toPlain } from './base/value.js';
import type { CollectSummary } from './content/collect.js';
import type { ContentProblem, VerifySummary } from './content/verify.js';
import { asMap, type Metadata } from './detail-api.js';
import type { PageOf } from './program-session.js';
import type { Services } from './services.js';
import type { TimeBound } from './session/time-bound.js';
import { transact } from './storage/transaction.js';

export interface Artifact {
  readonly id: string;
  readonly sessionId: string;
  readonly type: string;
  readonly name: string;
  /** Bytes of the content. */
  readonly size: number;
  /** Bytes that the content takes in storage. */
  readonly storedSize: number;
  /** BLAKE3-256 of the content, in hex. */
  readonly contentHash: string;
  readonly mimeType: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, PlainValue>>;
  /** 1, 2, … among the artifacts of this name in the session. */
  readonly sequence: number;
  readonly createdAt: Date;
  /** The run that stored it and the position of the call in it. */
  readonly run: string | null;
  readonly seq: number | null;
}

export interface StoreArtifactOptions {
  readonly sessionId: string;
  /** `user_input`, `tool_result`, `agent_output`, `system_generated` (the default) or a name of your own. */
  readonly type?: string;
  readonly name: string;
  /** Text, bytes, or pieces of any number and size. */
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly metadata?: Metadata;
  readonly signal?: AbortSignal;
}

export interface StoreFileOptions extends Omit<StoreArtifactOptions, 'content' | 'name'> {
  readonly path: string | URL;
  /** The name of the file, without its folder, when absent. */
  readonly name?: string;
}

export interface StoreDataOptions extends Omit<StoreArtifactOptions, 'content'> {
  /** Plain values for JSON; text or bytes for everything else. */
  readonly data: unknown;
  /** `json`, `text`, `binary` and their like, or a MIME type; what the data is when absent. */
  readonly contentType?: string;
}

export interface ArtifactTotals {
  readonly total: number;
  /** Bytes of all contents, each counted for every artifact that has it. */
  readonly size: number;
  readonly byType: Readonly<Record<string, number>>;
}

/** What an artifact must match; fields that are absent match everything. */
export interface QueryArtifactsOptions {
  readonly sessionId?: string;
  readonly type?: string;
  /** All of them. */
  readonly tags?: readonly string[];
  /** `*`, `?` and `[...]` as in a shell. */
  readonly namePattern?: string;
  readonly createdAfter?: TimeBound;
  readonly createdBefore?: TimeBound;
  /** Bytes, inclusive. */
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly metadata?: Metadata;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

const DEFAULT_TYPE = 'system_generated';
const PIECE_BYTES = 1024 * 1024;
const GARBAGE_AGE_MS = 60 * 60 * 1000;

/** Every call may be refused with `POLICY_DENIED` by the runtime's `authorize`. */
export class ArtifactApi {
  constructor(private readonly services: Services) {}

  /** @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `LIMIT_ARTIFACTS`, `TOO_LARGE`, `ARTIFACT_TYPE` */
  async store(options: StoreArtifactOptions): Promise<Artifact> {
    const [stored] = await this.storeMany([options]);
    return stored as Artifact;
  }

  /**
   * Stores a file, whatever its size. What scripts may read does not matter here.
   *
   * @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED`, and what {@link store} throws.
   */
  async storeFile({ path, name, ...rest }: StoreFileOptions): Promise<Artifact> {
    const file = path instanceof URL ? fileURLToPath(path) : path;
    return this.store({ ...rest, name: name ?? basename(file), content: piecesOf(file) });
  }

  /** Stores data: plain values as JSON, text and bytes as they are. Throws what {@link store} throws. */
  async storeData({ data, contentType, ...rest }: StoreDataOptions): Promise<Artifact> {
    const { content, mimeType } = encodeData(fromPlain(data), contentType);
    const [stored] = await this.#storeAll([{ ...rest, content, mimeType }]);
    return stored as Artifact;
  }

  /**
   * What the content of an artifact says: the value for JSON, else the text, else the bytes.
   *
   * @throws SpellError `ARTIFACT_NOT_FOUND`, `ARTIFACT_CORRUPT`
   */
  async readData(id: string): Promise<PlainValue> {
    const { artifacts } = await this.services.stores();
    const record = await this.#findReadable(artifacts, id);
    return toPlain(decodeData(await artifacts.readContent(record), record.mimeType));
  }

  /** Stores several artifacts, all of them or none. */
  storeMany(list: readonly StoreArtifactOptions[]): Promise<readonly Artifact[]> {
    return this.#storeAll(list);
  }

  async #storeAll(
    list: readonly (StoreArtifactOptions & { readonly mimeType?: string })[],
  ): Promise<readonly Artifact[]> {
    for (const id of new Set(list.map(({ sessionId }) => sessionId))) {
      await this.#mayWrite('store', id);
    }
    const { backend, artifacts, contents } = await this.services.stores();
    const prepared: NewArtifact[] = [];
    try {
      for (const { content, signal, sessionId, type, name, metadata, mimeType } of list) {
        const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
        prepared.push({
          sessionId,
          type: type ?? DEFAULT_TYPE,
          name,
          content: await artifacts.prepare(bytes, signal === undefined ? {} : { signal }),
          metadata: metadata === undefined ? undefined : asMap(metadata),
          mimeType,
          actor: this.services.access.maker,
        });
      }
      const records = await transact(backend, (tx) => artifacts.addMany(tx, prepared));
      return records.map(toArtifact);
    } catch (thrown) {
      for (const { content } of prepared) await contents.discard(content);
      throw thrown;
    }
  }

  /** `undefined` when there is no such artifact. */
  async get(id: string): Promise<Artifact | undefined> {
    const { artifacts } = await this.services.stores();
    const record = await artifacts.get(undefined, id);
    await this.#mayRead('get', record?.sessionId);
    return record === undefined ? undefined : toArtifact(record);
  }

  /**
   * The artifact with this id, or the only one whose id begins so.
   *
   * @throws SpellError `ARTIFACT_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  async find(idOrPrefix: string): Promise<Artifact> {
    const { artifacts } = await this.services.stores();
    return toArtifact(await this.#findReadable(artifacts, idOrPrefix));
  }

  /** The whole content. @throws SpellError `ARTIFACT_NOT_FOUND`, `ARTIFACT_CORRUPT` */
  async read(id: string): Promise<Uint8Array> {
    const { artifacts } = await this.services.stores();
    return artifacts.readContent(await this.#findReadable(artifacts, id));
  }

  /** The content in pieces of 1 MB, each verified before it is given. Throws what {@link read} throws. */
  async *stream(id: string): AsyncGenerator<Uint8Array> {
    const { artifacts } = await this.services.stores();
    yield* artifacts.streamContent(await this.#findReadable(artifacts, id));
  }

  /** The artifacts that match, newest first. */
  async query(options: QueryArtifactsOptions = {}): Promise<PageOf<Artifact>> {
    await this.#mayRead('query', options.sessionId);
    return this.#query(options);
  }

  async #query(options: QueryArtifactsOptions): Promise<PageOf<Artifact>> {
    const { artifacts } = await this.services.stores();
    const { metadata, ...rest } = options;
    const filter = metadata === undefined ? rest : { ...rest, metadata: asMap(metadata) };
    const page = await artifacts.query(filter);
    return { items: page.items.map(toArtifact), next: page.next ?? null };
  }

  /** The artifacts of a session in the order in which they were stored. */
  async list(sessionId: string): Promise<readonly Artifact[]> {
    await this.#mayRead('list', sessionId);
    const { artifacts } = await this.services.stores();
    return (await artifacts.list(sessionId)).items.map(toArtifact);
  }

  /** @returns Whether there was such an artifact. */
  async delete(id: string): Promise<boolean> {
    const { backend, artifacts } = await this.services.stores();
    const record = await artifacts.get(undefined, id);
    await this.#mayWrite('delete', record?.sessionId);
    if (record === undefined) return false;
    return transact(backend, (tx) => artifacts.remove(tx, record.sessionId, id));
  }

  /** Deletes the artifacts that match; `limit` bounds how many. @returns How many there were. */
  async deleteWhere(options: QueryArtifactsOptions): Promise<number> {
    await this.#mayWrite('deleteWhere', options.sessionId);
    const { backend, artifacts } = await this.services.stores();
    const { items } = await this.#query(options);
    return transact(backend, async (tx) => {
      let removed = 0;
      for (const { sessionId, id } of items) {
        if (await artifacts.remove(tx, sessionId, id)) removed += 1;
      }
      return removed;
    });
  }

  /** Counts of one session, or of all; reads every record. */
  async stats(sessionId?: string): Promise<ArtifactTotals> {
    await this.#mayRead('stats', sessionId);
    const { artifacts } = await this.services.stores();
    const { total, size, byType } = await artifacts.stats(sessionId);
    return { total, size, byType: Object.fromEntries(byType) };
  }

  /** Reads every content, compares it with its hash, and yields the problems; returns what was looked at. */
  async *verify(): AsyncGenerator<ContentProblem, VerifySummary> {
    await this.#mayRead('verify');
    const { backend, contents } = await this.services.stores();
    const { verifyContents } = await import('./content/verify.js');
    return yield* verifyContents({ backend, store: contents });
  }

  /** Removes what interrupted stores left behind, once it is old enough that nobody can still be writing it. */
  async gc(options: { readonly olderThanMs?: number } = {}): Promise<CollectSummary> {
    await this.#mayWrite('gc');
    const { backend } = await this.services.stores();
    const { collectGarbage } = await import('./content/collect.js');
    const { olderThanMs = GARBAGE_AGE_MS } = options;
    return collectGarbage({ backend, clock: this.services.clock, olderThanMs });
  }

  async #findReadable(artifacts: ArtifactStore, idOrPrefix: string): Promise<ArtifactRecord> {
    const record = await artifacts.find(idOrPrefix);
    await this.#mayRead('get', record.sessionId);
    return record;
  }

  #mayRead(op: string, session?: string): Promise<void> {
    return this.services.access.require(`artifact.${op}`, 'read', { session });
  }

  #mayWrite(op: string, session?: string): Promise<void> {
    return this.services.access.require(`artifact.${op}`, 'write', { session });
  }
}

async function* piecesOf(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new SpellError('FILE_NOT_FOUND', `${file} does not exist`, { file, cause });
    }
    throw new SpellError('FILE_FAILED', `cannot read ${file}: ${message}`, { file, cause });
  }
}

function toArtifact(record: ArtifactRecord): Artifact {
  const { producer: _, actor: __, createdAt, metadata, ...rest } = record;
  return {
    ...rest,
    metadata: toPlain(metadata) as Record<string, PlainValue>,
    createdAt: new Date(createdAt),
  };
}
