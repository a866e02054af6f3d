/** Views of the message graph: what led to a message, and what all came of it. */
import type { ConversationReader } from './conversation-reader.js';
import type { MessageRecord } from './message-node.js';

export interface Ancestor {
  readonly record: MessageRecord;
  /** Steps to it from the message in question, which has depth 0 itself. */
  readonly depth: number;
}

/** Stretch is messages of which each follows the one before, and the ways on where there are several. */
export interface Stretch<T> {
  readonly messages: readonly T[];
  readonly branches: readonly Stretch<T>[];
  /** True where branches were left out, since they are too deep. */
  readonly isCut: boolean;
}

/**
 * The messages that led to one, over everything that it follows or depends on, oldest first, itself last.
 *
 * @param maxDepth The most steps to go back.
 */
export async function ancestorsOf(
  reader: ConversationReader,
  session: string,
  id: string,
  maxDepth: number = Number.POSITIVE_INFINITY,
): Promise<Ancestor[]> {
  const messages = reader.window(session);
  const found = new Map<string, Ancestor>();
  let level = [id];
  for (let depth = 0; level.length > 0 && depth <= maxDepth; depth += 1) {
    const next = new Set<string>();
    for (const one of level) {
      const record = found.has(one) ? undefined : await messages.find(one);
      if (record === undefined) continue;
      found.set(one, { record, depth });
      for (const before of [...record.parents, ...record.dependencies]) next.add(before);
    }
    level = [...next];
  }
  return [...found.values()].sort((a, b) => orderOf(a.record) - orderOf(b.record));
}

/**
 * The trees that messages make: a message grows on the first one that it follows, or that it depends on, and is a root
 * when that is not among them.
 *
 * @param root Only the tree that begins with this message.
 * @param maxDepth The most branches within each other.
 */
export function treesOf(
  records: readonly MessageRecord[],
  maxDepth: number,
  root?: string,
): Stretch<MessageRecord>[] {
  const ids = new Set(records.map(({ id }) => id));
  const children = new Map<string | undefined, MessageRecord[]>();
  for (const record of records) {
    const before = [...record.parents, ...record.dependencies].find((id) => ids.has(id));
    const siblings = children.get(before);
    if (siblings === undefined) children.set(before, [record]);
    else siblings.push(record);
  }
  const grow = (first: MessageRecord, depth: number): Stretch<MessageRecord> => {
    const messages = [first];
    let next = children.get(first.id) ?? [];
    while (next.length === 1) {
      messages.push(next[0] as MessageRecord);
      next = children.get(next[0]?.id) ?? [];
    }
    const isCut = next.length > 0 && depth >= maxDepth;
    return {
      messages,
      branches: isCut ? [] : next.map((child) => grow(child, depth + 1)),
      isCut,
    };
  };
  const roots =
    root === undefined ? (children.get(undefined) ?? []) : records.filter(({ id }) => id === root);
  return roots.map((record) => grow(record, 0));
}

/** Numbers only grow, so they order as the messages were made. */
function orderOf({ id }: MessageRecord): number {
  return Number(id.slice(id.indexOf('_') + 1));
}
