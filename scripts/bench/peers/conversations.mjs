/**
 * Conversations on LangGraph: a graph whose one node asks the model with all that was said, invoked once for each turn
 * of a thread. The checkpointer keeps the messages between the turns.
 */
import { END, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';

/**
 * @param {string | undefined} file of the database; in memory when absent
 * @param {(messages: { role: string, content: string }[]) => Promise<string>} ask
 * @returns {(thread: string, turns: number) => Promise<void>} one conversation
 */
export function langgraphConversation(file, ask) {
  const checkpointer = file === undefined ? new MemorySaver() : sqliteSaver(file);
  const roles = { human: 'user', ai: 'assistant' };
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('model', async ({ messages }) => {
      const said = messages.map((message) => ({
        role: roles[message.getType()],
        content: message.content,
      }));
      return { messages: [{ role: 'assistant', content: await ask(said) }] };
    })
    .addEdge(START, 'model')
    .addEdge('model', END)
    .compile({ checkpointer });
  return async (thread, turns) => {
    const config = { configurable: { thread_id: thread }, durability: 'sync' };
    for (let turn = 1; turn <= turns; turn += 1) {
      const question = { role: 'user', content: `Question ${turn}` };
      const { messages } = await graph.invoke({ messages: [question] }, config);
      if (messages.length !== 2 * turn) throw new Error(`${messages.length} messages`);
    }
  };
}

/** Each checkpoint is on the disk when it returns. */
function sqliteSaver(file) {
  const checkpointer = SqliteSaver.fromConnString(file);
  checkpointer.setup();
  checkpointer.db.pragma('synchronous = FULL');
  return checkpointer;
}
