/** The parts that a test of conversations works with. There is one session, `s`, before every test. */
import { beforeEach } from 'vitest';
import { ContentStore } from '../../runtime/content/content-store.js';
import type { Part, Role } from '../../runtime/provider/message.js';
import {
  ConversationStore,
  type NewNode,
  type NodeChanges,
} from '../../runtime/session/conversation-store.js';
import type { MessageNode } from '../../runtime/session/message-node.js';
import { textOf } from '../../runtime/session/message-parts.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';
import { SessionFixture } from './session-fixture.js';

export class ConversationFixture {
  readonly sessions: SessionFixture;
  contents!: ContentStore;
  store!: ConversationStore;

  constructor(open: () => Promise<Backend>) {
    this.sessions = new SessionFixture(open);
    beforeEach(async () => {
      const { backend, clock, ids, store } = this.sessions;
      this.contents = new ContentStore({ backend, clock, ids, compressionThreshold: 10_240 });
      this.store = new ConversationStore({
        clock,
        sessions: store,
        contents: this.contents,
        maxMessageBytes: 1024 * 1024,
      });
      await this.sessions.create({ id: 's' });
    });
  }

  get backend(): Backend {
    return this.sessions.backend;
  }

  add(
    role: Role,
    content: string | readonly Part[],
    node: Omit<NewNode, 'role' | 'content'> = {},
    session = 's',
  ): Promise<MessageNode> {
    const parts =
      typeof content === 'string' ? [{ type: 'text', text: content } as const] : content;
    return this.store.withPrepared(role, parts, (prepared) =>
      transact(this.backend, (tx) =>
        this.store.appendNode(tx, session, { ...node, role, content: prepared }),
      ),
    );
  }

  update(id: string, changes: NodeChanges): Promise<MessageNode> {
    return transact(this.backend, (tx) => this.store.updateNode(tx, 's', id, changes));
  }

  clear(keepSystemPrompt = true, conversation?: string): Promise<number> {
    const options = { keepSystemPrompt, conversation };
    return transact(this.backend, (tx) => this.store.clear(tx, 's', options));
  }

  /** What is said in the active conversation. */
  async texts(options: Parameters<ConversationStore['reader']['history']>[1] = {}) {
    const { reader } = this.store;
    const nodes = await reader.loadAll(await reader.history('s', options));
    return nodes.map(({ parts }) => textOf(parts));
  }

  async blobs(): Promise<string[]> {
    return (await this.sessions.keys()).filter((key) => key.startsWith('b/'));
  }

  async messageCount(): Promise<number | undefined> {
    return (await this.sessions.store.get('s'))?.messageCount;
  }
}
