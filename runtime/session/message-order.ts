/**
 * Puts messages of a file into an order in which none comes before what it follows, and gives them ids that say so.
 * Their own ids stay where they do already.
 */
import { corruptSession } from './file-fields.js';
import { type MessageNode, messageId, messageNumber } from './message-node.js';

/** The largest number of a message or a conversation that a file may say; those that come later count on from it. */
export const MAX_FILE_NUMBER = 1_000_000_000;

/** FileMessage is a message whose ids are those of the file: any texts. */
export type FileMessage = Omit<MessageNode, 'origin'> & { readonly origin?: string | null };

export interface OrderedMessages {
  readonly messages: readonly MessageNode[];
  /** The id of each message of the file. */
  readonly ids: ReadonlyMap<string, string>;
}

/** @throws SpellError `SESSION_FILE_CORRUPT` for ids that occur twice, that are not there, or that lead in a circle. */
export function ordered(given: readonly FileMessage[]): OrderedMessages {
  const byId = new Map<string, FileMessage>();
  for (const message of given) {
    if (byId.has(message.id)) throw corruptSession(`two messages have the id "${message.id}"`);
    byId.set(message.id, message);
  }
  const sequence = inOrder(given, byId);
  const keeps = keepsIds(sequence);
  const ids = new Map(
    sequence.map(({ id }, index) => [id, keeps ? id : messageId(index + 1)] as const),
  );
  const renamed = (id: string) => ids.get(id) as string;
  const messages = sequence.map((message) => ({
    ...message,
    id: renamed(message.id),
    parents: message.parents.map(renamed),
    dependencies: message.dependencies.map(renamed),
    origin: message.origin ?? (keeps ? null : message.id),
  }));
  return { messages, ids };
}

/** Every message behind those that it follows and depends on; otherwise as they were given. */
function inOrder(
  given: readonly FileMessage[],
  byId: ReadonlyMap<string, FileMessage>,
): FileMessage[] {
  const sequence: FileMessage[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // A stack of its own, because a long history would exceed that of the engine.
  for (const start of given) {
    const stack = [start];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const message: FileMessage = top;
      const missing = needsOf(message, byId).filter(({ id }) => state.get(id) !== 'done');
      if (state.get(message.id) === 'done' || missing.length === 0) {
        stack.pop();
        if (state.get(message.id) !== 'done') sequence.push(message);
        state.set(message.id, 'done');
        continue;
      }
      if (state.get(message.id) === 'open') {
        throw corruptSession(`the message "${message.id}" follows itself`);
      }
      state.set(message.id, 'open');
      stack.push(...missing);
    }
  }
  return sequence;
}

function needsOf(
  { id, parents, dependencies }: FileMessage,
  byId: ReadonlyMap<string, FileMessage>,
): FileMessage[] {
  return [...parents, ...dependencies].map((other) => {
    const found = byId.get(other);
    if (found !== undefined) return found;
    throw corruptSession(`the message "${id}" follows "${other}", which is not there`);
  });
}

/** Whether the ids are ours, and grow from what is followed to what follows. */
function keepsIds(sequence: readonly FileMessage[]): boolean {
  return sequence.every((message) => {
    const number = messageNumber(message.id);
    if (number === undefined || number > MAX_FILE_NUMBER) return false;
    return [...message.parents, ...message.dependencies].every(
      (id) => (messageNumber(id) ?? number) < number,
    );
  });
}
