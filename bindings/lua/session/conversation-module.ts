/** The part of the `Session` global that is about what is said in a session: its messages and conversations. */
import type { HostObject } from '../../../runtime/base/value.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { changeSystemPrompt } from '../../../runtime/session/conversation-start.js';
import { toLuaMessage } from '../../../runtime/session/message-view.js';
import { withShownTypes } from '../../../runtime/shown-images.js';
import { text } from '../arguments.js';
import {
  type HistoryArguments,
  type NewMessage,
  parseClear,
  parseHistory,
  parseMessage,
  parseSystemPrompt,
} from './message-arguments.js';
import { optionalSessionId, requireReached } from './session-argument.js';
import { sessionFunction } from './session-function.js';

export function conversationModule(services: Services): GlobalFunction[] {
  return [
    sessionFunction('addMessage', 'store', parseMessage, (message, call) =>
      addMessage(services, message, call),
    ),
    sessionFunction('getMessage', 'state', sessionAndText, async ([session, id], call) => {
      const { reader } = (await services.stores()).conversations;
      const node = await reader.node(requireReached(services, session, call), id);
      return node === undefined ? undefined : toLuaMessage(node);
    }),
    sessionFunction('history', 'state', parseHistory, (asked, call) =>
      history(services, asked, call),
    ),
    sessionFunction('clearHistory', 'store', parseClear, async ({ id, ...options }, call) => {
      const { conversations } = await services.stores();
      const session = requireReached(services, id, call);
      return call.commit(
        (tx) => conversations.clear(tx, session, options),
        (removed) => removed,
      );
    }),
    sessionFunction('setSystemPrompt', 'store', parseSystemPrompt, async (asked, call) => {
      const session = requireReached(services, asked.id, call);
      return changeSystemPrompt(await services.stores(), session, asked, (change) =>
        call.commit(change, () => true),
      );
    }),
  ];
}

function sessionAndText(args: HostArguments): readonly [string | undefined, string] {
  return [optionalSessionId(args, 1), text(args, 2)];
}

async function addMessage(
  services: Services,
  { id, role, parts, ...fields }: NewMessage,
  call: CallContext,
): Promise<HostResult> {
  const { conversations, artifacts } = await services.stores();
  const session = requireReached(services, id, call);
  const shown = await withShownTypes(artifacts, session, parts);
  return conversations.withPrepared(role, shown, (content) =>
    call.commit(
      (tx) => conversations.appendNode(tx, session, { ...fields, role, content }),
      toLuaMessage,
    ),
  );
}

async function history(
  services: Services,
  { id, ...options }: HistoryArguments,
  call: CallContext,
): Promise<HostObject[]> {
  const { reader } = (await services.stores()).conversations;
  const records = await reader.history(requireReached(services, id, call), options);
  return (await reader.loadAll(records)).map(toLuaMessage);
}
