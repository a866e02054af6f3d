/**
 * A loop on LangGraph with its SQLite checkpointer: a node that does one step and goes back to itself until all are
 * done. Every step is a checkpoint of the state, written before the next step starts (`durability: "sync"`).
 */
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';

/**
 * @param {string} file of the database
 * @param {{ flushed: boolean }} options `flushed`: each checkpoint is on the disk when it returns; by itself the saver
 * leaves that to the system.
 * @returns {(steps: number, step: (i: number) => unknown) => Promise<void>}
 */
export function langgraphLoop(file, { flushed }) {
  const checkpointer = SqliteSaver.fromConnString(file);
  checkpointer.setup();
  checkpointer.db.pragma(`synchronous = ${flushed ? 'FULL' : 'NORMAL'}`);
  let threads = 0;
  return async (steps, step) => {
    const State = Annotation.Root({ i: Annotation(), answer: Annotation() });
    const graph = new StateGraph(State)
      .addNode('step', ({ i }) => ({ i: i + 1, answer: step(i) }))
      .addEdge(START, 'step')
      .addConditionalEdges('step', ({ i }) => (i < steps ? 'step' : END))
      .compile({ checkpointer });
    threads += 1;
    const { i } = await graph.invoke(
      { i: 0 },
      {
        recursionLimit: steps + 10,
        durability: 'sync',
        configurable: { thread_id: String(threads) },
      },
    );
    if (i !== steps) throw new Error(`expected ${steps} steps, got ${i}`);
  };
}
