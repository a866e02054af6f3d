/** What the functions that ask models keep in sessions: whole turns, in one transaction each. */
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { Message } from '../../../runtime/provider/message.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import type { PreparedParts } from '../../../runtime/session/message-content.js';
import type { MessageNode, NodeUsage } from '../../../runtime/session/message-node.js';
import { toLuaMessage } from '../../../runtime/session/message-view.js';
import { badArgument, isAbsent, list, Options, optionalText } from '../arguments.js';
import { optionalSessionId, requireReached } from '../session/session-argument.js';
import { sessionTarget } from '../session/session-function.js';
import { messagesFrom } from './message-list.js';

export function turnModule(services: Services): GlobalFunction[] {
  return [
    globalFunction<Turn>({
      path: 'host.add_turn',
      parse: parseTurn,
      operation: {
        op: 'session.addTurn',
        kind: 'store',
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        perform: (turn, call) => addTurn(services, turn, call),
      },
    }),
  ];
}

interface Turn {
  readonly session: string | undefined;
  readonly conversation: string | undefined;
  readonly messages: readonly TurnMessage[];
}

interface TurnMessage extends Message {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: NodeUsage | undefined;
}

/** `host.add_turn(session, messages[, conversation])` */
function parseTurn(args: HostArguments): Turn {
  const given = list(args, 2);
  const said = messagesFrom(given as readonly Value[]);
  const messages = said.map((message, index): TurnMessage => {
    const fields = given[index];
    if (!(fields instanceof Map)) throw badArgument(args, 2, 'messages expected');
    const options = new Options(args, 2, fields);
    const usage = options.map('usage');
    return {
      ...message,
      provider: options.text('provider'),
      model: options.text('model'),
      usage: usage === undefined ? undefined : usageOf(new Options(args, 2, usage)),
    };
  });
  const conversation = isAbsent(args, 3) ? undefined : optionalText(args, 3);
  return { session: optionalSessionId(args, 1), conversation, messages };
}

function usageOf(usage: Options): NodeUsage {
  return {
    inputTokens: usage.number('input_tokens') ?? 0,
    outputTokens: usage.number('output_tokens') ?? 0,
    costUsd: usage.number('cost_usd') ?? null,
  };
}

/** Adds the messages of a turn, all of them or none, each behind the one before. */
async function addTurn(services: Services, turn: Turn, call: CallContext): Promise<HostResult> {
  const { conversations } = await services.stores();
  const session = requireReached(services, turn.session, call);
  const prepared: PreparedParts[] = [];
  try {
    for (const { role, parts } of turn.messages) {
      prepared.push(await conversations.prepare(role, parts));
    }
    return await call.commit(
      async (tx) => {
        const nodes: MessageNode[] = [];
        for (const [index, { role, parts: _, ...fields }] of turn.messages.entries()) {
          const content = prepared[index] as PreparedParts;
          const { conversation } = turn;
          const node = { ...fields, role, content, conversation };
          nodes.push(await conversations.appendNode(tx, session, node));
        }
        return nodes;
      },
      (nodes) => nodes.map(toLuaMessage),
    );
  } catch (thrown) {
    for (const content of prepared) await conversations.discard(content);
    throw thrown;
  }
}
