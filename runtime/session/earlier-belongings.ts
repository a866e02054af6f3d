/**
 * What belonged to a session before a run first wrote to it is in no record of that run. It is in storage, where later
 * messages may have come after it: this file finds what was there at some moment, with every conversation ended where
 * it ended then.
 */
import { FAMILY } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import { type Belonging, belongingsOf, keyOf } from './belongings.js';
import {
  type Conversation,
  conversationNumber,
  decodeConversation,
  decodeGraph,
  encodeConversation,
  encodeGraph,
} from './conversation.js';
import { decodeMessage, type MessageRecord, messageNumber } from './message-node.js';
import type { SessionRecord } from './session.js';

/** Moment is what is known of a session at the time in question. */
export interface Moment {
  readonly session: SessionRecord;
  /** The belongings that the run had written by then. */
  readonly written: readonly Belonging[];
  /** The keys that the run had written or removed by then. */
  readonly touched: ReadonlySet<Key>;
}

export async function earlierBelongings(
  backend: Backend,
  { session, written, touched }: Moment,
): Promise<Belonging[]> {
  const live: Belonging[] = [];
  for await (const belonging of belongingsOf(backend, session.id)) live.push(belonging);
  const messages = live
    .filter(({ family }) => family === FAMILY.message)
    .map(({ value }) => decodeMessage(value));
  const last = lastNumbers(session, written, messages);
  const past = new PastGraph(messages, last);
  return live
    .filter((belonging) => !touched.has(keyOf(belonging)))
    .flatMap((belonging) => past.belonging(belonging) ?? []);
}

/** The highest numbers that had been given out. */
interface LastNumbers {
  readonly message: number;
  readonly conversation: number;
}

function lastNumbers(
  session: SessionRecord,
  written: readonly Belonging[],
  messages: readonly MessageRecord[],
): LastNumbers {
  const graph = written.find(({ family }) => family === FAMILY.messageGraph);
  if (graph !== undefined) {
    const { nextMessage, nextConversation } = decodeGraph(graph.value);
    return { message: nextMessage - 1, conversation: nextConversation - 1 };
  }
  // The run had said nothing, so what was there is told by the count alone.
  const there = messages.slice(0, session.messageCount);
  const numbers = there.map(({ conversation }) => conversationNumber(conversation) ?? 0);
  return {
    message: messageNumber(there.at(-1)?.id ?? '') ?? 0,
    conversation: numbers.reduce((last, number) => Math.max(last, number), 0),
  };
}

/** PastGraph leaves out of a graph what came later. */
class PastGraph {
  readonly #messages: ReadonlyMap<string, MessageRecord>;

  constructor(
    messages: readonly MessageRecord[],
    private readonly last: LastNumbers,
  ) {
    this.#messages = new Map(messages.map((message) => [message.id, message]));
  }

  /** `undefined` for what came later. */
  belonging(belonging: Belonging): Belonging | undefined {
    const { family, rest, value } = belonging;
    switch (family) {
      case FAMILY.message:
        return Number(rest.slice(1)) <= this.last.message ? belonging : undefined;
      case FAMILY.conversation: {
        if (Number(rest.slice(1)) > this.last.conversation) return undefined;
        return { ...belonging, value: this.#conversation(decodeConversation(value)) };
      }
      case FAMILY.messageGraph:
        return this.last.conversation === 0
          ? undefined
          : { ...belonging, value: this.#graph(value) };
      default:
        return belonging;
    }
  }

  #conversation(conversation: Conversation): Uint8Array {
    let { head, system } = conversation;
    while (head !== null && !this.#wasThere(head)) {
      head = this.#messages.get(head)?.parents[0] ?? null;
    }
    if (system !== null && !this.#wasThere(system)) system = null;
    const own = [...this.#messages.values()].filter(
      (message) => message.conversation === conversation.id && this.#wasThere(message.id),
    );
    return encodeConversation({ ...conversation, head, system, messageCount: own.length });
  }

  #graph(value: Uint8Array): Uint8Array {
    const graph = decodeGraph(value);
    const active = conversationNumber(graph.active ?? '') ?? 0;
    return encodeGraph({
      ...graph,
      nextMessage: this.last.message + 1,
      nextConversation: this.last.conversation + 1,
      active: `conv_${Math.min(active, this.last.conversation)}`,
    });
  }

  #wasThere(id: string): boolean {
    return (messageNumber(id) ?? Number.POSITIVE_INFINITY) <= this.last.message;
  }
}
