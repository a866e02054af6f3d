/** ProgramApis is what programs that embed a runtime use of it, each made when it is first asked for. */
import { ArtifactApi } from './artifact-api.js';
import { guardedSessions } from './guarded-sessions.js';
import { LlmApi } from './llm-api.js';
import { RunArchive } from './run-archive.js';
import type { Services } from './services.js';
import { SessionApi } from './session-api.js';
import { withFlushes } from './stores.js';

export class ProgramApis {
  #sessions: SessionApi | undefined;
  #artifacts: ArtifactApi | undefined;
  #llm: LlmApi | undefined;
  #archive: RunArchive | undefined;

  constructor(private readonly services: Services) {}

  get sessions(): SessionApi {
    this.#sessions ??= guardedSessions(new SessionApi(this.#flushing()), this.services.access);
    return this.#sessions;
  }

  get artifacts(): ArtifactApi {
    this.#artifacts ??= new ArtifactApi(this.#flushing());
    return this.#artifacts;
  }

  get llm(): LlmApi {
    this.#llm ??= new LlmApi(this.services);
    return this.#llm;
  }

  get archive(): RunArchive {
    const { stores, clock, ids, config } = this.services;
    this.#archive ??= new RunArchive({
      parts: async () => ({ ...(await stores()), clock, nextId: () => ids.next() }),
      retentionDays: config.durability.retentionDays,
    });
    return this.#archive;
  }

  /** The session that the program has chosen. */
  get currentSession(): string | undefined {
    return this.#sessions?.getCurrent();
  }

  /** What a program changes is on the disk when it hears of it. */
  #flushing(): Services {
    const stores = async () => withFlushes(await this.services.stores());
    return { ...this.services, stores };
  }
}
