/**
 * DetailStore keeps what sessions have besides their record and their messages: the context that belongs to the talk,
 * the settings for models, and responses by name.
 */
import type { Clock } from '../base/clock.js';
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { RedactPlace } from '../base/redactor.js';
import { fromPlain, isMap, type Value, type ValueMap } from '../base/value.js';
import { FAMILY, key, keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { requireActive } from './lifecycle.js';
import { checkMetadata } from './session-options.js';
import {
  checkSettings,
  decodeSettings,
  encodeSettings,
  NO_SETTINGS,
  type SessionSettings,
} from './session-settings.js';
import type { SessionStore } from './session-store.js';
import { valueEquals } from './value-match.js';

export interface NamedResponse {
  readonly name: string;
  readonly value: Value;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const MAX_NAME_LENGTH = 255;
const PAGE = 200;

export class DetailStore {
  readonly #backend: Backend;
  readonly #clock: Clock;

  constructor(private readonly sessions: SessionStore) {
    this.#backend = sessions.backend;
    this.#clock = sessions.clock;
  }

  /** Empty for sessions that were given none. */
  async context(session: string): Promise<ValueMap> {
    const bytes = await this.#backend.get(contextKey(session));
    const value = bytes === undefined ? undefined : decodeRecord(bytes);
    return isMap(value) ? value : new Map();
  }

  /** @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `TOO_LARGE` */
  async setContext(transaction: Transaction, session: string, given: ValueMap): Promise<void> {
    const context = this.#redacted(given, 'metadata');
    checkMetadata(context, 'context');
    await this.#use(transaction, session, 'change the context of');
    transaction.put(contextKey(session), encodeRecord(context));
  }

  async settings(session: string): Promise<SessionSettings> {
    const bytes = await this.#backend.get(settingsKey(session));
    return bytes === undefined ? NO_SETTINGS : decodeSettings(bytes);
  }

  /**
   * Changes what is named; the rest stays.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `BAD_ARGUMENT`, `TOO_LARGE`
   */
  async changeSettings(
    transaction: Transaction,
    session: string,
    changes: Partial<SessionSettings>,
  ): Promise<SessionSettings> {
    await this.#use(transaction, session, 'change the settings of');
    const bytes = await transaction.get(settingsKey(session));
    const before = bytes === undefined ? NO_SETTINGS : decodeSettings(bytes);
    const after = { ...before, ...this.#redactedSettings(changes) };
    checkSettings(after);
    transaction.put(settingsKey(session), encodeSettings(after));
    return after;
  }

  /**
   * Gives a session one tool more, in place of an earlier one with its name.
   *
   * @param tool A name, or a definition.
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `TOO_LARGE`
   */
  async addTool(transaction: Transaction, session: string, tool: Value): Promise<SessionSettings> {
    const bytes = await transaction.get(settingsKey(session));
    const { tools } = bytes === undefined ? NO_SETTINGS : decodeSettings(bytes);
    const others = tools.filter((other) => toolName(other) !== toolName(tool));
    return this.changeSettings(transaction, session, { tools: [...others, tool] });
  }

  /** The responses of a session, sorted by their names. */
  async responses(session: string): Promise<NamedResponse[]> {
    const found: NamedResponse[] = [];
    const range = prefixRange(responseKeys(session));
    for (let { start } = range; ; ) {
      const entries = await this.#backend.range({ ...range, start, limit: PAGE });
      for (const { value } of entries) found.push(decodeResponse(value));
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE) break;
      start = keyAfter(last.key);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Keeps a response under a name, in place of an earlier one; `undefined` removes it.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `BAD_ARGUMENT`, `TOO_LARGE`
   */
  async setResponse(
    transaction: Transaction,
    session: string,
    name: string,
    given: Value,
  ): Promise<void> {
    const value = this.#redacted(given, 'message');
    checkName(name);
    checkMetadata(new Map([[name, value]]), 'response');
    await this.#use(transaction, session, 'keep a response in');
    const place = key(FAMILY.sessionResponse, session, name);
    if (value === undefined) transaction.remove(place);
    else transaction.put(place, encodeRecord({ name, value, at: this.#clock.now() }));
  }

  /**
   * Puts the details of a session that was made elsewhere, exactly as they are.
   *
   * @throws SpellError `BAD_ARGUMENT`, `TOO_LARGE`
   */
  adopt(
    transaction: Transaction,
    session: string,
    details: {
      readonly context: ValueMap;
      readonly settings: SessionSettings;
      readonly responses: readonly NamedResponse[];
    },
  ): void {
    const { context, settings, responses } = details;
    checkMetadata(context, 'context');
    checkSettings(settings);
    if (context.size > 0) transaction.put(contextKey(session), encodeRecord(context));
    const isUsual = valueEquals(fromPlain(settings), fromPlain(NO_SETTINGS));
    if (!isUsual) transaction.put(settingsKey(session), encodeSettings(settings));
    for (const { name, value, at } of responses) {
      checkName(name);
      const place = key(FAMILY.sessionResponse, session, name);
      transaction.put(place, encodeRecord({ name, value, at }));
    }
  }

  #redactedSettings(changes: Partial<SessionSettings>): Partial<SessionSettings> {
    const { systemPrompt, providerConfig, tools } = changes;
    return {
      ...changes,
      ...(systemPrompt === undefined
        ? {}
        : { systemPrompt: this.#redacted(systemPrompt, 'message') }),
      ...(providerConfig === undefined
        ? {}
        : { providerConfig: this.#redacted(providerConfig, 'metadata') }),
      ...(tools === undefined ? {} : { tools: this.#redacted(tools, 'metadata') }),
    };
  }

  /** What people wrote, without what must not be stored. */
  #redacted<T>(written: T, place: RedactPlace): T {
    return this.sessions.redactor?.value(written, place) ?? written;
  }

  /** Says that an active session is used. */
  async #use(transaction: Transaction, session: string, what: string): Promise<void> {
    requireActive(await this.sessions.require(transaction, session), what);
    await this.sessions.adjustCount(transaction, session, 'messageCount', 0);
  }
}

function toolName(tool: Value): Value {
  return isMap(tool) ? tool.get('name') : tool;
}

function contextKey(session: string): Key {
  return key(FAMILY.sessionContext, session);
}

function settingsKey(session: string): Key {
  return key(FAMILY.sessionSettings, session);
}

function responseKeys(session: string): Key {
  return key(FAMILY.sessionResponse, session);
}

function decodeResponse(bytes: Uint8Array): NamedResponse {
  const record = decodeRecord(bytes) as ValueMap;
  return {
    name: record.get('name') as string,
    value: record.get('value'),
    at: record.get('at') as number,
  };
}

function checkName(name: string): void {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH) return;
  const message = `bad value for 'name': it has ${name.length} characters`;
  throw new SpellError('BAD_ARGUMENT', message, {
    hint: `The name of a response has 1 to ${MAX_NAME_LENGTH} characters.`,
    key: 'name',
  });
}
