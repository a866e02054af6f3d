/**
 * Conversation is one of the talks of a session: where its linear history ends, and what it is called. This file is
 * the records of conversations and of what those of a session have in common, and the keys of both and of messages.
 */
import { encodeRecord } from '../base/encoding.js';
import { FAMILY, key, numberComponent } from '../storage/key-space.js';
import type { Key } from '../storage/storage.js';
import { messageNumber } from './message-node.js';
import { RecordReader } from './record-reader.js';

export interface Conversation {
  /** `conv_1`, `conv_2`, … in the order in which they were started. */
  readonly id: string;
  readonly name: string | null;
  /** The last message of its linear history. */
  readonly head: string | null;
  /** The message that holds its system prompt, which stands before the history. */
  readonly system: string | null;
  /** Messages that were made in it, on all branches, the system prompt included. */
  readonly messageCount: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** MessageGraph is what the conversations of a session have in common. */
export interface MessageGraph {
  /** The numbers that the next message and the next conversation get. */
  readonly nextMessage: number;
  readonly nextConversation: number;
  /** The conversation that calls without one mean; `null` before the first one. */
  readonly active: string | null;
  /** Grows with every change of a conversation or message: who has read it sees that something changed. */
  readonly revision: number;
}

export const EMPTY_GRAPH: MessageGraph = {
  nextMessage: 1,
  nextConversation: 1,
  active: null,
  revision: 0,
};

const CONVERSATION_FORMAT = 1;
const CONVERSATION_ID = /^conv_([1-9]\d{0,14})$/;

export function encodeConversation(conversation: Conversation): Uint8Array {
  return encodeRecord({ v: CONVERSATION_FORMAT, ...conversation });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeConversation(bytes: Uint8Array): Conversation {
  const fields = RecordReader.open('conversation', CONVERSATION_FORMAT, bytes);
  return {
    id: fields.text('id'),
    name: fields.textOrNull('name'),
    head: fields.textOrNull('head'),
    system: fields.textOrNull('system'),
    messageCount: fields.integer('messageCount'),
    createdAt: fields.integer('createdAt'),
    updatedAt: fields.integer('updatedAt'),
  };
}

export function encodeGraph(graph: MessageGraph): Uint8Array {
  return encodeRecord({ v: CONVERSATION_FORMAT, ...graph });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeGraph(bytes: Uint8Array): MessageGraph {
  const fields = RecordReader.open('message graph', CONVERSATION_FORMAT, bytes);
  return {
    nextMessage: fields.integer('nextMessage'),
    nextConversation: fields.integer('nextConversation'),
    active: fields.textOrNull('active'),
    revision: fields.integer('revision'),
  };
}

export function conversationId(number: number): string {
  return `conv_${number}`;
}

/** The position of a conversation in its session; `undefined` for what is no id of one. */
export function conversationNumber(id: string): number | undefined {
  const digits = CONVERSATION_ID.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function graphKey(session: string): Key {
  return key(FAMILY.messageGraph, session);
}

/** What the keys of a session's conversations begin with. */
export function conversationKeys(session: string): Key {
  return key(FAMILY.conversation, session);
}

/** `undefined` for what is no id of a conversation. */
export function conversationKey(session: string, id: string): Key | undefined {
  const number = conversationNumber(id);
  if (number === undefined) return undefined;
  return key(FAMILY.conversation, session, numberComponent(number));
}

/** What the keys of a session's messages begin with. */
export function messageKeys(session: string): Key {
  return key(FAMILY.message, session);
}

/** `undefined` for what is no id of a message. */
export function messageKey(session: string, id: string): Key | undefined {
  const number = messageNumber(id);
  return number === undefined ? undefined : key(FAMILY.message, session, numberComponent(number));
}
