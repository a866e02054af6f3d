/** The `Artifact` global: each line is a Lua name, how its arguments are read, and what it does. */
import { basename } from 'node:path';
import { type ArtifactRecord, checkpointLabel } from '../../../runtime/artifact/artifact.js';
import { decodeData } from '../../../runtime/artifact/artifact-data.js';
import { artifactNotFound } from '../../../runtime/artifact/artifact-errors.js';
import type { ArtifactFilter } from '../../../runtime/artifact/artifact-query.js';
import { toLuaRecord, toLuaReference } from '../../../runtime/artifact/artifact-view.js';
import type { HostObject, HostValue } from '../../../runtime/base/value.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallTarget } from '../../../runtime/host/access.js';
import type { CallContext, Operation, RunState } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services, Stores } from '../../../runtime/services.js';
import type { Transaction } from '../../../runtime/storage/transaction.js';
import { bytes, Options, text } from '../arguments.js';
import { requireCurrent } from '../session/session-argument.js';
import { sessionTarget } from '../session/session-function.js';
import {
  type ArtifactArguments,
  type DataArguments,
  encodedData,
  parseArtifact,
  parseList,
  parsePiece,
  parseQuery,
  parseStore,
  parseStoreData,
  parseStoreFile,
  parseStoreMany,
  type StoreArguments,
} from './artifact-arguments.js';
import { readInPieces } from './file-pieces.js';

export function artifactModule(services: Services): GlobalFunction[] {
  const define = <A>(
    name: string,
    kind: 'state' | 'store',
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
    path = `Artifact.${name}`,
  ) =>
    globalFunction<A>({
      path,
      parse,
      operation: {
        op: `artifact.${name}`,
        kind,
        needs: 'sessions',
        waits: true,
        isBulky: kind === 'state',
        target: artifactTarget,
        perform,
      },
    });
  const binding = new ArtifactBinding(services);
  return [
    define('store', 'store', parseStore, (args, call) => binding.store(args, call)),
    define('storeFile', 'store', parseStoreFile, (args, call) => binding.storeFile(args, call)),
    define('storeData', 'store', parseStoreData, (args, call) => binding.storeData(args, call)),
    define('storeMany', 'store', parseStoreMany, (args, call) => binding.storeMany(args, call)),
    define('get', 'state', parseArtifact, (args, call) => binding.get(args, call)),
    define('list', 'state', parseList, (args, call) => binding.list(args, call)),
    define('query', 'state', parseQuery, (filter, call) => binding.query(filter, call)),
    define('delete', 'store', parseArtifact, (args, call) => binding.remove(args, call)),
    define('deleteWhere', 'store', parseQuery, (filter, call) => binding.removeWhere(filter, call)),
    ...dataFunctions(),
    define(
      'piece',
      'state',
      parsePiece,
      (args, call) => binding.piece(args, call),
      'host.artifact_piece',
    ),
  ];
}

/** The session whose artifacts are meant: every call is about those of one. */
function artifactTarget(args: unknown, state: RunState): CallTarget {
  const { session } = sessionTarget(args, state);
  return { session: session ?? state.currentSession };
}

/** Data to contents and back, computed from the arguments alone; the prelude uses both. */
function dataFunctions(): GlobalFunction[] {
  const pure = <A>(
    name: string,
    parse: (args: HostArguments) => A,
    perform: (args: A) => HostValue,
  ) =>
    globalFunction<A>({
      path: `host.${name}`,
      parse,
      operation: { op: `artifact.${name}`, kind: 'pure', waits: false, perform },
    });
  return [
    pure(
      'data_content',
      (args) => encodedData(args, 1, new Options(args, 1)),
      ({ content }) => content,
    ),
    pure(
      'content_data',
      (args) => [bytes(args, 1), text(args, 2)] as const,
      ([content, mimeType]) => decodeData(content, mimeType),
    ),
  ];
}

class ArtifactBinding {
  constructor(private readonly services: Services) {}

  async store(args: StoreArguments, call: CallContext): Promise<HostResult> {
    return this.#add(args, args.content, call);
  }

  async storeFile(
    args: Omit<StoreArguments, 'content' | 'name'> & { readonly path: string },
    call: CallContext,
  ): Promise<HostResult> {
    const { files } = this.services.machine.seenBy(call.decided);
    return files.at(args.path, 'read', async ({ folder, name, path }) => {
      await using file = await folder.file(name);
      const content = readInPieces(file, path);
      return await this.#add({ ...args, name: basename(args.path) }, content, call);
    });
  }

  /** Answers the whole record; the content is the script's already. */
  async storeData(args: DataArguments, call: CallContext): Promise<HostResult> {
    return this.#add(args, args.content, call, (record) => this.#view(record));
  }

  async storeMany(
    { session, items }: { session: string | undefined; items: readonly StoreArguments[] },
    call: CallContext,
  ): Promise<HostResult> {
    const { artifacts, contents } = await this.services.stores();
    const sessionId = this.#reach(await this.services.stores(), session, call);
    const prepared: Parameters<typeof artifacts.addMany>[1][number][] = [];
    try {
      for (const { type, name, content, metadata } of items) {
        const taken = await artifacts.prepare(content, { signal: call.signal });
        prepared.push({
          sessionId,
          type,
          name,
          metadata,
          content: taken,
          run: call.run,
          seq: call.seq,
        });
      }
      return await call.commit(
        (tx) => artifacts.addMany(tx, prepared),
        (records) => this.#stored(records, call),
      );
    } catch (thrown) {
      for (const { content } of prepared) await contents.discard(content);
      throw thrown;
    }
  }

  async get({ session, id }: ArtifactArguments, call: CallContext): Promise<HostResult> {
    const stores = await this.services.stores();
    const record = await stores.artifacts.get(this.#reach(stores, session, call), id);
    if (record === undefined) return undefined;
    return { ...this.#view(record), content: await stores.artifacts.readContent(record) };
  }

  async list(session: string | undefined, call: CallContext): Promise<HostResult> {
    const stores = await this.services.stores();
    const { items } = await stores.artifacts.list(this.#reach(stores, session, call));
    return items.map((record) => this.#view(record));
  }

  async query(filter: ArtifactFilter, call: CallContext): Promise<HostResult> {
    const { items } = await this.#query(filter, call);
    return items.map((record) => this.#view(record));
  }

  async remove({ session, id }: ArtifactArguments, call: CallContext): Promise<HostResult> {
    const stores = await this.services.stores();
    const sessionId = this.#reach(stores, session, call);
    return call.commit(
      (tx) => stores.artifacts.remove(tx, sessionId, id),
      (removed) => removed,
    );
  }

  async removeWhere(filter: ArtifactFilter, call: CallContext): Promise<HostResult> {
    const { artifacts } = await this.services.stores();
    const { items } = await this.#query(filter, call);
    const removeAll = async (tx: Transaction) => {
      let removed = 0;
      for (const record of items) {
        if (await artifacts.remove(tx, record.sessionId, record.id)) removed += 1;
      }
      return removed;
    };
    return call.commit(removeAll, (removed) => removed);
  }

  /** One piece of a content, so that Lua can go through a large one without holding it. */
  async piece(
    { session, id, index }: ArtifactArguments & { index: number },
    call: CallContext,
  ): Promise<HostResult> {
    const stores = await this.services.stores();
    const record = await stores.artifacts.get(this.#reach(stores, session, call), id);
    if (record === undefined) throw artifactNotFound(typeof id === 'string' ? id : id.contentHash);
    return stores.contents.readChunk(record.contentHash, index);
  }

  async #add(
    args: Omit<StoreArguments, 'content'> & { readonly mimeType?: string },
    content: Uint8Array | AsyncIterable<Uint8Array>,
    call: CallContext,
    answer: (record: ArtifactRecord) => HostValue = (record) => this.#idOf(record),
  ): Promise<HostResult> {
    const stores = await this.services.stores();
    const { artifacts, contents } = stores;
    const sessionId = this.#reach(stores, args.session, call);
    const prepared = await artifacts.prepare(content, { signal: call.signal });
    const { type, name, metadata, mimeType } = args;
    const artifact = { sessionId, type, name, metadata, mimeType, content: prepared };
    try {
      const origin = { run: call.run, seq: call.seq };
      return await call.commit(
        (tx) => artifacts.add(tx, { ...artifact, ...origin }),
        (record) => {
          this.#stored([record], call);
          return answer(record);
        },
      );
    } catch (thrown) {
      await contents.discard(prepared);
      throw thrown;
    }
  }

  async #query(filter: ArtifactFilter, call: CallContext) {
    const stores = await this.services.stores();
    const sessionId = this.#reach(stores, filter.sessionId, call);
    return stores.artifacts.query({ ...filter, sessionId });
  }

  /** The session that a call is about, if the script may reach it. */
  #reach({ artifacts }: Stores, session: string | undefined, call: CallContext): string {
    const id = requireCurrent(session, call);
    artifacts.requireReach(id, call.state.currentSession);
    return id;
  }

  /** Tells observers of new artifacts, remembers checkpoints until they are saved, and answers the ids. */
  #stored(records: readonly ArtifactRecord[], call: CallContext): HostValue[] {
    const steps = records.flatMap((record) => {
      const label = checkpointLabel(record);
      return label === undefined ? [] : [{ session: record.sessionId, label }];
    });
    if (steps.length > 0) call.remember({ storedSteps: steps });
    return records.map((record) => {
      const { sessionId, id, name } = record;
      call.announce({ type: 'artifact', session: sessionId, id, name });
      return this.#idOf(record);
    });
  }

  #idOf(record: ArtifactRecord): HostValue {
    return this.services.config.compat.artifactIdTables ? toLuaReference(record) : record.id;
  }

  #view(record: ArtifactRecord): HostObject {
    const view = toLuaRecord(record);
    if (!this.services.config.compat.artifactTypeNames) return view;
    return { ...view, artifact_type: rustTypeName(record.type) };
  }
}

const RUST_NAMES: Readonly<Record<string, string>> = {
  user_input: 'UserInput',
  tool_result: 'ToolResult',
  agent_output: 'AgentOutput',
  system_generated: 'SystemGenerated',
};

/** The type as rs-llmspell prints it. */
function rustTypeName(type: string): string {
  return RUST_NAMES[type] ?? `Custom(${JSON.stringify(type)})`;
}
