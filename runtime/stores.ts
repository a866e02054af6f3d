/** Opens the stores on one backend. Their code is loaded here, so that a script that keeps nothing does without it. */
import type { Config } from '../config/config.js';
import type { Clock } from './base/clock.js';
import type { IdSource } from './base/ids.js';
import type { Redactor } from './base/redactor.js';
import type { Stores } from './services.js';
import { flushedView } from './storage/flushed-view.js';
import type { Backend } from './storage/storage.js';

export interface StoreParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly redactor: Redactor | undefined;
  /** The most bytes of contents to keep in memory once they were read. */
  readonly cacheBytes: number | undefined;
}

export async function openStores(
  openBackend: () => Promise<Backend>,
  { config, clock, ids, redactor, cacheBytes }: StoreParts,
): Promise<Stores> {
  const backend = await openBackend();
  const { ContentStore } = await import('./content/content-store.js');
  const { KnownPages } = await import('./content/known-pages.js');
  const { ConversationStore } = await import('./session/conversation-store.js');
  const { DetailStore } = await import('./session/detail-store.js');
  const { SessionStore } = await import('./session/session-store.js');
  const { QuestionStore } = await import('./session/question-store.js');
  const { SignalStore } = await import('./session/signal-store.js');
  const { StateStore } = await import('./session/state-store.js');
  const { RunStore } = await import('./run/run-store.js');
  const { Sleepers } = await import('./run/sleepers.js');
  const { EventPost } = await import('./run/event-post.js');
  const { Approvals } = await import('./run/approvals.js');
  const { SessionCare } = await import('./session-care.js');
  const { ArtifactStore } = await import('./artifact/artifact-store.js');
  const limits = config.sessions;
  const sessions = new SessionStore({
    backend,
    clock,
    ids,
    redactor,
    limits: {
      maxSessions: limits.maxSessions,
      timeoutSeconds: limits.sessionTimeoutSeconds,
      retentionDays: limits.retentionDays ?? 0,
    },
  });
  const contents = new ContentStore({
    backend,
    ids,
    clock,
    compressionThreshold: limits.artifactCompressionThreshold,
    cacheBytes,
  });
  const artifacts = new ArtifactStore({
    backend,
    clock,
    ids,
    sessions,
    contents,
    redactor,
    limits: {
      maxArtifactsPerSession: limits.maxArtifactsPerSession,
      maxArtifactBytes: limits.maxArtifactSize,
      strictIsolation: limits.strictIsolation,
    },
  });
  const states = new StateStore(backend, redactor);
  const signals = new SignalStore(backend, clock, ids, redactor);
  const conversations = new ConversationStore({
    clock,
    sessions,
    contents,
    maxMessageBytes: limits.maxArtifactSize,
  });
  const care = new SessionCare(sessions, artifacts, conversations, clock);
  const sleepers = new Sleepers(backend);
  const questions = new QuestionStore(backend, redactor);
  const events = new EventPost(signals, sleepers, clock);
  return {
    backend,
    sessions,
    conversations,
    details: new DetailStore(sessions),
    artifacts,
    contents,
    knownPages: new KnownPages(),
    states,
    signals,
    care,
    runs: new RunStore(backend),
    sleepers,
    events,
    questions,
    approvals: new Approvals(questions, events, clock),
  };
}

/** The stores for those who tell of their changes outside of the process: what they commit is flushed. */
export function withFlushes(stores: Stores): Stores {
  return { ...stores, backend: flushedView(stores.backend) };
}
