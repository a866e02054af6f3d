/** SessionManager is the sessions of one folder, for programs that need nothing else of a runtime. */
import { runtimeClosed } from '../../runtime/base/errors.js';
import type { CreateSessionOptions } from '../../runtime/create-options.js';
import type { Session, SessionPage } from '../../runtime/program-session.js';
import type { ListSessionsOptions } from '../../runtime/session-api.js';
import { type OpenOptions, Runtime } from './runtime.js';

export interface SessionManagerOptions extends Omit<OpenOptions, 'dataDir' | 'storagePath'> {
  /** The folder of the sessions; the runtime keeps its data there. In memory when absent. */
  readonly sessionsDir?: string;
}

/**
 * The sessions of a folder. Its runtime opens when something is first asked of it.
 *
 * @example
 * ```ts
 * await using manager = new SessionManager({ sessionsDir: './sessions', discover: true });
 * const { id } = await manager.createSession({ sessionId: 'user123', systemPrompt: 'You help.' });
 * const { sessions } = await manager.runtime();
 * console.log(`${await sessions.generate(id, 'Hello')}`);
 * for (const [id, createdAt, updatedAt] of await manager.listSessions()) console.log(id, updatedAt);
 * ```
 */
export class SessionManager {
  readonly #open: () => Promise<Runtime>;
  #runtime: Promise<Runtime> | undefined;
  #closed = false;

  constructor({ sessionsDir, ...options }: SessionManagerOptions = {}) {
    const place = sessionsDir === undefined ? {} : { dataDir: sessionsDir };
    this.#open = () => Runtime.open({ ...options, ...place });
  }

  /**
   * The runtime of the sessions, with everything that can be done in them.
   *
   * @throws SpellError `RUNTIME_CLOSED` after {@link close}, and what `Runtime.open` throws.
   */
  async runtime(): Promise<Runtime> {
    if (this.#closed) throw runtimeClosed();
    this.#runtime ??= this.#open().catch((thrown) => {
      // The next call may find what is missing.
      this.#runtime = undefined;
      throw thrown;
    });
    return this.#runtime;
  }

  /** Makes an active session. Throws what `sessions.create` throws. */
  async createSession(options: CreateSessionOptions | string = {}): Promise<Session> {
    return (await this.runtime()).sessions.create(options);
  }

  /** `undefined` when there is no such session. */
  async getSession(id: string): Promise<Session | undefined> {
    return (await this.runtime()).sessions.get(id);
  }

  /** The sessions that match, the one that changed last first; a loop over them gives the id and the times of each. */
  async listSessions(options: ListSessionsOptions = {}): Promise<SessionPage> {
    return (await this.runtime()).sessions.list(options);
  }

  /** Deletes a session with its messages and artifacts. @returns Whether there was one. */
  async deleteSession(id: string): Promise<boolean> {
    return (await this.runtime()).sessions.delete(id);
  }

  /** Closes the runtime. Later calls throw `RUNTIME_CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#runtime)?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
