/** Removing messages, one by one and with their session. */
import type { ContentStore } from '../content/content-store.js';
import { prefixRange } from '../storage/key-space.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { messageKeys } from './conversation.js';
import { GraphEdit } from './graph-edit.js';
import { releaseParts } from './message-content.js';
import { decodeMessage } from './message-node.js';
import type { SessionStore } from './session-store.js';

export interface RemovalParts {
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
}

/** Messages that one transaction of {@link removeAllMessages} removes. */
const BATCH = 100;

/** Removes what is there of messages, read within the transaction: a content must not be released twice. */
export async function removeMessages(
  contents: ContentStore,
  transaction: Transaction,
  edit: GraphEdit,
  ids: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const id of ids) {
    const record = await edit.findMessage(id);
    if (record === undefined) continue;
    await releaseParts(contents, transaction, record.stored);
    edit.removeMessage(id);
    removed += 1;
  }
  return removed;
}

/**
 * Removes everything that was said in a session, a bounded number of messages in each transaction of its own. The
 * session does not count as changed. When a message is added meanwhile it may stay, and the session then refuses to be
 * removed.
 */
export async function removeAllMessages(
  { sessions, contents }: RemovalParts,
  sessionId: string,
): Promise<void> {
  const { backend, clock } = sessions;
  const range = { ...prefixRange(messageKeys(sessionId)), limit: BATCH };
  for (;;) {
    const ids = (await backend.range(range)).map(({ value }) => decodeMessage(value).id);
    if (ids.length === 0) break;
    await transact(backend, async (tx) => {
      const edit = new GraphEdit(tx, sessionId, clock.now());
      const removed = await removeMessages(contents, tx, edit, ids);
      edit.putGraph(await edit.graph());
      await sessions.adjustCount(tx, sessionId, 'messageCount', -removed, { isUse: false });
    });
  }
}
