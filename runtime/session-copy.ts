/**
 * Copies of sessions: one made after another, as it is or as it was at some message, and one made of several. Long
 * messages and the images that messages show are shared with the originals, which never change.
 */
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { Clock } from './base/clock.js';
import { SpellError } from './base/errors.js';
import type { IdSource } from './base/ids.js';
import type { ContentStore } from './content/content-store.js';
import type { Conversation } from './session/conversation.js';
import { conversationId } from './session/conversation.js';
import { messageNotFound } from './session/conversation-errors.js';
import type { ConversationStore } from './session/conversation-store.js';
import type { DetailStore } from './session/detail-store.js';
import { GraphEdit } from './session/graph-edit.js';
import { type MessageRecord, messageNumber } from './session/message-node.js';
import type { SessionRecord } from './session/session.js';
import { checkSessionChanges } from './session/session-options.js';
import type { SessionStore } from './session/session-store.js';
import type { Transaction } from './storage/transaction.js';

export interface CopyParts {
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly details: DetailStore;
  readonly artifacts: ArtifactStore;
  readonly contents: ContentStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface CopyOptions {
  /** "Copy of" the name of the original when absent. */
  readonly title?: string | undefined;
  /** Takes the conversation of this message, and what led to it, and nothing else that was said. */
  readonly at?: string | undefined;
  /** The run that makes the copy. */
  readonly run?: string | undefined;
  /** Who a program acts for that copies. */
  readonly actor?: string | undefined;
}

/** @throws SpellError `SESSION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIMIT_SESSIONS`, `BAD_ARGUMENT` */
export async function copySession(
  transaction: Transaction,
  parts: CopyParts,
  id: string,
  { title, at, run, actor }: CopyOptions,
): Promise<SessionRecord> {
  const { sessions, details, clock, ids } = parts;
  checkSessionChanges({ name: title });
  const original = await sessions.require(transaction, id);
  const said = await saidIn(transaction, parts, id, at);
  const copy = new SessionCopy(transaction, parts, ids.next(), { run: run ?? null, actor });
  await copy.take(said.messages);
  for (const record of said.messages) copy.put(record);
  copy.end(said.conversations, said.active);
  details.adopt(transaction, copy.id, {
    context: await details.context(id),
    settings: await details.settings(id),
    responses: await details.responses(id),
  });
  const now = clock.now();
  return sessions.adopt(transaction, {
    ...original,
    id: copy.id,
    name: title ?? nameOfCopy(original.name),
    status: 'active',
    suspendedBy: null,
    failureReason: null,
    createdAt: now,
    updatedAt: now,
    run: run ?? null,
    actor,
    forkedFrom: id,
    messageCount: said.messages.length,
    artifactCount: copy.artifactCount,
  });
}

const MAX_NAME_LENGTH = 255;

function nameOfCopy(name: string | null): string | null {
  return name === null ? null : `Copy of ${name}`.slice(0, MAX_NAME_LENGTH);
}

interface Said {
  readonly messages: readonly MessageRecord[];
  readonly conversations: readonly Conversation[];
  readonly active: string | null;
}

/** What a copy takes of what was said. */
async function saidIn(
  transaction: Transaction,
  { conversations, clock }: CopyParts,
  session: string,
  at: string | undefined,
): Promise<Said> {
  const { reader } = conversations;
  // Read through the transaction: whoever adds a message meanwhile is noticed.
  const { active } = await new GraphEdit(transaction, session, clock.now()).graph();
  if (at === undefined) {
    return {
      messages: await reader.recordsOf(session),
      conversations: await reader.conversations(session),
      active,
    };
  }
  const last = await reader.record(session, at);
  if (last === undefined) throw messageNotFound(session, at);
  const own = await reader.conversation(session, last.conversation);
  const path = await reader.path(session, at);
  const system = own?.system ?? null;
  const prompt =
    system === null || system === at ? undefined : await reader.record(session, system);
  return alone(own, prompt === undefined ? path : [prompt, ...path], at);
}

/** One conversation in a line, apart from all others. */
function alone(
  original: Conversation | undefined,
  messages: readonly MessageRecord[],
  head: string,
): Said {
  const id = conversationId(1);
  const known = new Set(messages.map((message) => message.id));
  const system = original?.system ?? null;
  return {
    active: id,
    messages: messages.map((message) => ({
      ...message,
      conversation: id,
      parents: message.parents.filter((parent) => known.has(parent)),
      dependencies: message.dependencies.filter((needed) => known.has(needed)),
    })),
    conversations: [
      {
        id,
        name: original?.name ?? null,
        head: head === system ? null : head,
        system: system !== null && known.has(system) ? system : null,
        messageCount: messages.length,
        ...spanOf(messages),
      },
    ],
  };
}

/** When the first and the last of messages were made. */
export function spanOf(messages: readonly MessageRecord[]) {
  let [createdAt, updatedAt] = [Number.MAX_SAFE_INTEGER, 0];
  for (const message of messages) {
    createdAt = Math.min(createdAt, message.createdAt);
    updatedAt = Math.max(updatedAt, message.createdAt);
  }
  return { createdAt, updatedAt };
}

/** Who makes a copy: a run, or a program that acts for somebody. */
export interface Maker {
  readonly run: string | null;
  readonly actor: string | undefined;
}

/** SessionCopy is what is written of a session that is made of others. */
export class SessionCopy {
  readonly #edit: GraphEdit;
  /** The copy's id for each artifact that messages show. */
  readonly #artifacts = new Map<string, string>();
  #last = 0;
  #artifactCount = 0;

  constructor(
    private readonly transaction: Transaction,
    private readonly parts: CopyParts,
    readonly id: string,
    private readonly maker: Maker,
  ) {
    this.#edit = new GraphEdit(transaction, id, parts.clock.now());
  }

  get artifactCount(): number {
    return this.#artifactCount;
  }

  /** Counts the contents of messages once more, and copies the artifacts that they show. */
  async take(messages: readonly MessageRecord[]): Promise<void> {
    const { contents, artifacts, ids } = this.parts;
    for (const { stored } of messages) {
      if (stored.hash !== null && !(await contents.retain(this.transaction, stored.hash))) {
        throw changedMeanwhile();
      }
      for (const shown of stored.artifacts) {
        const original = this.#artifacts.has(shown)
          ? undefined
          : await artifacts.get(undefined, shown);
        if (original === undefined) continue;
        if (!(await contents.retain(this.transaction, original.contentHash))) continue;
        const id = ids.next();
        this.#artifacts.set(shown, id);
        await artifacts.adopt(this.transaction, {
          ...original,
          id,
          sessionId: this.id,
          ...this.maker,
        });
        this.#artifactCount += 1;
      }
    }
  }

  put(record: MessageRecord): void {
    const { stored } = record;
    const artifacts = stored.artifacts.map((shown) => this.#artifacts.get(shown) ?? shown);
    this.#edit.putMessage({ ...record, stored: { ...stored, artifacts } });
    this.#last = Math.max(this.#last, messageNumber(record.id) ?? 0);
  }

  end(conversations: readonly Conversation[], active: string | null): void {
    for (const conversation of conversations) this.#edit.adoptConversation(conversation);
    const numbers = conversations.map(({ id }) => Number(id.slice(id.indexOf('_') + 1)));
    this.#edit.putGraph({
      nextMessage: this.#last + 1,
      nextConversation: Math.max(0, ...numbers) + 1,
      active,
      revision: 0,
    });
  }
}

function changedMeanwhile(): SpellError {
  return new SpellError('STORAGE_BUSY', 'the session was changed while it was copied', {
    hint: 'Try again.',
  });
}
