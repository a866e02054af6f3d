/** DetailApi is what sessions have besides messages and artifacts, as programs that embed the runtime use it. */
import { fromPlain, type PlainValue, toPlain, type ValueMap } from './base/value.js';
import type { Services } from './services.js';
import type { SessionStatus } from './session/lifecycle.js';
import { toSessionData } from './session/session-data.js';
import { problemsOf, type SessionProblem } from './session-problems.js';
import { type ConversationSummary, summarize, type UsageSummary } from './session-summary.js';
import { transact } from './storage/transaction.js';

/** Metadata as plain data. Numbers that are whole are integers in Lua. */
export type Metadata = Readonly<Record<string, unknown>>;

/** What a session says to the models that answer in it. */
export interface ModelSettings {
  /** For calls that name none; `null` leaves it to the configuration. */
  readonly provider: string | null;
  readonly model: string | null;
}

/** A session as chat programs exchange it. Times are ISO texts in UTC, with milliseconds. */
export interface SessionData {
  readonly id: string;
  readonly title: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** The active conversation, the system prompt included. */
  readonly messages: readonly {
    readonly id: string;
    readonly role: string;
    readonly content: string;
    readonly timestamp: string;
  }[];
  readonly context: Readonly<Record<string, PlainValue>>;
  readonly metadata: Readonly<Record<string, PlainValue>>;
}

/** A session in numbers. */
export interface Summary extends ModelSettings {
  readonly session: string;
  readonly name: string | null;
  readonly status: SessionStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly artifacts: number;
  readonly messages: number;
  readonly messagesByRole: Readonly<Record<'system' | 'user' | 'assistant' | 'tool', number>>;
  /** Messages that failed, or could not be executed. */
  readonly failures: number;
  /** Responses that are kept by name. */
  readonly responses: number;
  readonly conversations: number;
  /** The active one. */
  readonly conversation: ConversationSummary | null;
  readonly usage: UsageSummary;
  readonly providerConfig: Readonly<Record<string, PlainValue>>;
  readonly tools: readonly PlainValue[];
}

/** Something that went wrong in a session. */
export interface Problem extends Omit<SessionProblem, 'at'> {
  readonly at: Date;
}

/** What a response says that a session keeps: one that has failed is among the errors of the session. */
export interface BaseResponse {
  readonly success: boolean;
  readonly error?: string;
  readonly metadata?: Metadata;
}

export class DetailApi {
  constructor(protected readonly services: Services) {}

  /**
   * A session as chat programs exchange it: with the messages of its active conversation, and times as ISO texts;
   * `undefined` when there is no such session.
   */
  async data(id: string): Promise<SessionData | undefined> {
    const { sessions, conversations, details } = await this.services.stores();
    const session = await sessions.get(id);
    if (session === undefined) return undefined;
    const { reader } = conversations;
    const messages = await reader.loadAll(await reader.history(id));
    const data = toSessionData({ session, messages, context: await details.context(id) });
    return { ...(toPlain(data) as unknown as SessionData), title: session.name };
  }

  /** The table that belongs to the talk; empty when there is none. */
  async getContext(id: string): Promise<Readonly<Record<string, PlainValue>>> {
    const { details } = await this.services.stores();
    return toPlain(await details.context(id)) as Record<string, PlainValue>;
  }

  /** Puts another context in the place of the first. @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE` */
  async setContext(id: string, context: Metadata): Promise<void> {
    const { backend, details } = await this.services.stores();
    await transact(backend, (tx) => details.setContext(tx, id, asMap(context)));
  }

  async getProvider(id: string): Promise<ModelSettings> {
    const { provider, model } = await (await this.services.stores()).details.settings(id);
    return { provider, model };
  }

  /**
   * Chooses the provider and the model of calls that name none.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`
   */
  async setProvider(id: string, provider: string | null, model: string | null = null) {
    const { backend, details } = await this.services.stores();
    await transact(backend, (tx) => details.changeSettings(tx, id, { provider, model }));
  }

  /** The responses that are kept, by their names. */
  async responses(id: string): Promise<Readonly<Record<string, PlainValue>>> {
    const { details } = await this.services.stores();
    const found = await details.responses(id);
    return toPlain(new Map(found.map(({ name, value }) => [name, value]))) as Record<
      string,
      PlainValue
    >;
  }

  /**
   * Keeps a response under a name; `undefined` removes it.
   *
   * @param response Any data, such as a {@link BaseResponse}.
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`
   */
  async setResponse(id: string, name: string, response: BaseResponse | unknown): Promise<void> {
    const { backend, details } = await this.services.stores();
    await transact(backend, (tx) => details.setResponse(tx, id, name, fromPlain(response)));
  }

  /** A session in numbers. @throws SpellError `SESSION_NOT_FOUND` */
  async summary(id: string): Promise<Summary> {
    const { session, settings, ...counts } = await summarize(await this.services.stores(), id);
    return {
      session: id,
      name: session.name,
      status: session.status,
      createdAt: new Date(session.createdAt),
      updatedAt: new Date(session.updatedAt),
      artifacts: session.artifactCount,
      messages: session.messageCount,
      ...counts,
      provider: settings.provider,
      model: settings.model,
      providerConfig: toPlain(settings.providerConfig) as Record<string, PlainValue>,
      tools: settings.tools.map(toPlain),
    };
  }

  /** What went wrong in a session, in the order in which it happened. @throws SpellError `SESSION_NOT_FOUND` */
  async errors(id: string): Promise<readonly Problem[]> {
    const problems = await problemsOf(this.services, id);
    return problems.map(({ at, ...problem }) => ({ ...problem, at: new Date(at) }));
  }
}

export function asMap(metadata: Metadata): ValueMap {
  return fromPlain(metadata) as ValueMap;
}
