/** TransferApi is copies of sessions and their files, as programs that embed the runtime use them. */
import { readFile } from 'node:fs/promises';
import { SpellError } from './base/errors.js';
import { writeFile } from './base/whole-file.js';
import { PromptApi } from './prompt-api.js';
import type { SessionRecord } from './session/session.js';
import type { ImportSessionOptions, SessionFormat } from './session-transfer.js';
import { type Transaction, transact } from './storage/transaction.js';

export interface CopySessionOptions {
  /** "Copy of" the name of the original when absent. */
  readonly newTitle?: string;
  /** Takes the conversation of this message, and what led to it, and nothing else that was said. */
  readonly at?: string;
  /** Makes the copy the current session. */
  readonly useImmediately?: boolean;
}

export interface MergeSessionsOptions {
  readonly title?: string;
  readonly useImmediately?: boolean;
}

export interface ImportOptions {
  /** Gives the session another id than the file says. */
  readonly newId?: boolean;
  /** Puts it in the place of a session that has its id; the artifacts of that one stay. */
  readonly overwrite?: boolean;
  readonly useImmediately?: boolean;
}

export interface LoadFileOptions extends ImportOptions {
  /** The provider and the model that answer from now on. */
  readonly provider?: string;
  readonly model?: string;
}

export class TransferApi extends PromptApi {
  /** The session that runs start with as their current one. */
  protected current: string | undefined;

  /**
   * A new session with what is said and kept in another one, which does not change. Of its artifacts the copy has those
   * that messages show.
   *
   * @returns The id of the copy.
   * @throws SpellError `SESSION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIMIT_SESSIONS`
   */
  async copy(id: string, options: CopySessionOptions = {}): Promise<string> {
    const { copySession } = await import('./session-copy.js');
    const parts = await this.#copyParts();
    const { newTitle: title, at, useImmediately } = options;
    await parts.care.makeRoom(this.inUse(id));
    return this.#made(
      (tx) => copySession(tx, parts, id, { title, at, actor: this.services.access.maker }),
      useImmediately,
    );
  }

  /**
   * A new session with the active conversations of several, in the order in which things were said.
   *
   * @returns The id of the new session.
   * @throws SpellError `SESSION_NOT_FOUND`, `LIMIT_SESSIONS`
   */
  async merge(ids: readonly string[], options: MergeSessionsOptions = {}): Promise<string> {
    const { mergeSessions } = await import('./session-merge.js');
    const parts = await this.#copyParts();
    const { title, useImmediately } = options;
    await parts.care.makeRoom(this.inUse(...ids));
    return this.#made(
      (tx) => mergeSessions(tx, parts, ids, { title, actor: this.services.access.maker }),
      useImmediately,
    );
  }

  /**
   * Writes a session to a file. What scripts may write does not matter here.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `FILE_FAILED`, `ARTIFACT_CORRUPT`
   */
  async export(
    id: string,
    path: string,
    options: { readonly format?: SessionFormat } = {},
  ): Promise<void> {
    await writeFile(path, [await this.exportData(id, options)], this.services.ids.next());
  }

  /** The bytes of a session's file, see {@link export}. */
  async exportData(
    id: string,
    { format }: { readonly format?: SessionFormat } = {},
  ): Promise<Uint8Array> {
    return (await this.services.transfer()).write(id, format);
  }

  /**
   * Takes a session in from a file: of ours, of AbstractLLM, or an archive of AbstractCore. Nothing changes unless all
   * of it is sound.
   *
   * @returns The id of the session.
   * @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED`, `SESSION_FILE_CORRUPT`, `SESSION_EXISTS`, `LIMIT_SESSIONS`
   */
  async import(path: string, options: ImportOptions = {}): Promise<string> {
    return this.importData(await bytesOf(path), options);
  }

  /** Takes a session in from the bytes of its file, see {@link import}. */
  importData(bytes: Uint8Array, options: ImportOptions = {}): Promise<string> {
    return this.#import(bytes, options, options.useImmediately);
  }

  /** Makes sure that a session survives a power loss, and writes it to a file. */
  async saveFile(id: string, path: string): Promise<void> {
    const { sessions } = await this.services.stores();
    await sessions.save(id);
    await this.export(id, path);
  }

  /** Like {@link import}; where there is a session with the id of the file, the loaded one gets another id. */
  async loadFile(path: string, options: LoadFileOptions = {}): Promise<string> {
    const { useImmediately, ...rest } = options;
    return this.#import(await bytesOf(path), { ...rest, freeId: true }, useImmediately);
  }

  /** Sessions that the runtime must not suspend or delete by itself. */
  protected inUse(...others: readonly string[]): ReadonlySet<string> {
    return new Set(this.current === undefined ? others : [this.current, ...others]);
  }

  async #import(
    bytes: Uint8Array,
    options: ImportSessionOptions,
    use: boolean | undefined,
  ): Promise<string> {
    const transfer = await this.services.transfer();
    await (await this.services.stores()).care.makeRoom(this.inUse());
    return transfer.import(bytes, options, (change) => this.#made(change, use));
  }

  async #copyParts() {
    const { clock, ids } = this.services;
    return { ...(await this.services.stores()), clock, ids };
  }

  async #made(
    change: (transaction: Transaction) => Promise<SessionRecord>,
    use = false,
  ): Promise<string> {
    const { backend } = await this.services.stores();
    const { id } = await transact(backend, change);
    if (use) this.current = id;
    return id;
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new SpellError('FILE_NOT_FOUND', `${path} does not exist`, { file: path, cause });
    }
    throw new SpellError('FILE_FAILED', `cannot read ${path}: ${message}`, { file: path, cause });
  }
}
