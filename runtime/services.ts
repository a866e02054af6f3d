/** Services is what one runtime offers to the globals, the command line and embedders. */
import type { Config } from '../config/config.js';
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { Clock } from './base/clock.js';
import type { IdSource } from './base/ids.js';
import type { Random } from './base/random.js';
import type { Secrets } from './base/secret.js';
import type { ContentStore } from './content/content-store.js';
import type { KnownPages } from './content/known-pages.js';
import type { OperationTimes } from './host/operation-times.js';
import type { ProgramAccess } from './program-access.js';
import type { ProgramCalls } from './program-calls.js';
import type { LanguageModels } from './provider/language-models.js';
import type { Respondents } from './respondents.js';
import type { Approvals } from './run/approvals.js';
import type { EventPost } from './run/event-post.js';
import type { RunStore } from './run/run-store.js';
import type { Sleepers } from './run/sleepers.js';
import type { ConversationStore } from './session/conversation-store.js';
import type { DetailStore } from './session/detail-store.js';
import type { QuestionStore } from './session/question-store.js';
import type { SessionStore } from './session/session-store.js';
import type { SignalStore } from './session/signal-store.js';
import type { StateStore } from './session/state-store.js';
import type { SessionCare } from './session-care.js';
import type { SessionFork } from './session-fork.js';
import type { SessionReplay } from './session-replay.js';
import type { SessionRuns } from './session-runs.js';
import type { SessionStory } from './session-story.js';
import type { SessionTransfer } from './session-transfer.js';
import type { Backend } from './storage/storage.js';
import type { FilePolicy } from './tool/file-policy.js';
import type { Machine } from './tool/machine.js';
import type { ToolRegistry } from './tool/registry.js';
import type { ToolLimits } from './tool/tool-limits.js';
import type { ToolPolicy } from './tool/tool-policy.js';

export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly tools: ToolRegistry;
  /** How long the calls of scripts took. */
  readonly times: OperationTimes;
  /** Asks whether the program itself may do something. */
  readonly access: ProgramAccess;
  /** Calls functions of scripts in the name of the program. */
  readonly calls: ProgramCalls;
  readonly toolPolicy: ToolPolicy;
  readonly files: FilePolicy;
  /** Files, programs and variables, as far as they are open. */
  readonly machine: Machine;
  readonly toolLimits: ToolLimits;
  /** Where the relative paths of files start, as on any command line. */
  readonly cwd: string;
  /** Variables that scripts may read, of those that the program was started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values that scripts may use without seeing them. */
  readonly secrets: Secrets;
  /** Language models, loaded when one is first needed. */
  readonly models: () => Promise<LanguageModels>;
  /** Where prompts are from, when the program has a place of its own for them; what it answers is checked then. */
  readonly promptLoader?: ((folder: string) => unknown) | undefined;
  /** Opens the storage when it is first needed: a script that keeps nothing pays nothing. */
  readonly stores: () => Promise<Stores>;
  /** The stores, when they are open already. */
  readonly openedStores: () => Stores | undefined;
  /** Those in this process who answer what runs ask. */
  readonly respondents: Respondents;
  /** Finds the run behind a session. */
  readonly sessionRuns: () => SessionRuns;
  /** Forks what created a session. */
  readonly forkSession: () => SessionFork;
  /** Runs again, offline, what created a session. */
  readonly replaySession: () => SessionReplay;
  /** Sessions as files. */
  readonly transfer: () => Promise<SessionTransfer>;
  /** What is recorded of a session. */
  readonly story: () => SessionStory;
}

export interface Stores {
  readonly backend: Backend;
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly details: DetailStore;
  readonly artifacts: ArtifactStore;
  readonly contents: ContentStore;
  readonly knownPages: KnownPages;
  readonly states: StateStore;
  readonly signals: SignalStore;
  readonly runs: RunStore;
  readonly sleepers: Sleepers;
  readonly events: EventPost;
  readonly questions: QuestionStore;
  readonly approvals: Approvals;
  readonly care: SessionCare;
}
