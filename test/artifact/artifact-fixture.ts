import { beforeEach } from 'vitest';
import type { ArtifactRecord } from '../../runtime/artifact/artifact.js';
import type { ArtifactReference } from '../../runtime/artifact/artifact-query.js';
import {
  type ArtifactLimits,
  ArtifactStore,
  type NewArtifact,
} from '../../runtime/artifact/artifact-store.js';
import type { ValueMap } from '../../runtime/base/value.js';
import { ContentStore } from '../../runtime/content/content-store.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';
import { SessionFixture } from '../session/session-fixture.js';

const COMPRESSION_THRESHOLD = 10_240;

const NO_LIMITS: ArtifactLimits = {
  maxArtifactsPerSession: 1_000_000,
  maxArtifactBytes: 1024 * 1024 * 1024,
  strictIsolation: false,
};

/** What a test says of an artifact that it stores; the rest does not matter to it. */
export interface Given {
  readonly session?: string;
  readonly type?: string;
  readonly name?: string;
  readonly content?: string | Uint8Array;
  readonly metadata?: ValueMap;
}

/** The parts that a test of artifacts works with. There is one session, `s`, before every test. */
export class ArtifactFixture {
  readonly sessions: SessionFixture;
  contents!: ContentStore;
  store!: ArtifactStore;

  constructor(open: () => Promise<Backend>) {
    this.sessions = new SessionFixture(open);
    beforeEach(async () => {
      const { backend, clock, ids } = this.sessions;
      const compressionThreshold = COMPRESSION_THRESHOLD;
      this.contents = new ContentStore({ backend, clock, ids, compressionThreshold });
      this.store = this.storeWith({});
      await this.sessions.create({ id: 's' });
    });
  }

  get backend(): Backend {
    return this.sessions.backend;
  }

  /** Another store on the same storage. */
  storeWith(limits: Partial<ArtifactLimits>, backend = this.backend): ArtifactStore {
    const { clock, ids, store: sessions } = this.sessions;
    const { contents } = this;
    return new ArtifactStore({
      backend,
      clock,
      ids,
      sessions,
      contents,
      limits: { ...NO_LIMITS, ...limits },
    });
  }

  async add(given: Given = {}, store = this.store): Promise<ArtifactRecord> {
    const [record] = await this.addMany([given], store);
    return record as ArtifactRecord;
  }

  async addMany(list: readonly Given[], store = this.store): Promise<ArtifactRecord[]> {
    const artifacts: NewArtifact[] = [];
    for (const given of list) {
      artifacts.push({
        sessionId: given.session ?? 's',
        type: given.type ?? 'user_input',
        name: given.name ?? 'name.txt',
        content: await store.prepare(bytesOf(given.content ?? 'content')),
        metadata: given.metadata,
      });
    }
    return transact(this.backend, (tx) => store.addMany(tx, artifacts));
  }

  remove(sessionId: string, id: string | ArtifactReference): Promise<boolean> {
    return transact(this.backend, (tx) => this.store.remove(tx, sessionId, id));
  }

  async artifactCount(sessionId = 's'): Promise<number | undefined> {
    return (await this.sessions.store.get(sessionId))?.artifactCount;
  }
}

export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}
