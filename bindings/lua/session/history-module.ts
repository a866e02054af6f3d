/** The part of the `Session` global that starts conversations and looks at them as a whole. */
import type { HostObject, ValueMap } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import type { Conversation } from '../../../runtime/session/conversation.js';
import { messageNotFound } from '../../../runtime/session/conversation-errors.js';
import type { ConversationReader } from '../../../runtime/session/conversation-reader.js';
import {
  type NewConversation,
  startConversation,
} from '../../../runtime/session/conversation-start.js';
import { ancestorsOf, type Stretch, treesOf } from '../../../runtime/session/history-view.js';
import type { MessageRecord } from '../../../runtime/session/message-node.js';
import { toLuaMessage } from '../../../runtime/session/message-view.js';
import { badArgument, isAbsent, Options, text } from '../arguments.js';
import { readFields } from './option-fields.js';
import { optionalSessionId, requireReached } from './session-argument.js';
import { sessionFunction } from './session-function.js';

export function historyModule(services: Services): GlobalFunction[] {
  const session = (args: HostArguments) => optionalSessionId(args, 1);
  const readerOf = async () => (await services.stores()).conversations.reader;
  return [
    sessionFunction('startConversation', 'store', parseStart, async ({ id, ...start }, call) => {
      const stores = await services.stores();
      return startConversation(stores, requireReached(services, id, call), start, (change) =>
        call.commit(change, (conversation) => conversation.id),
      );
    }),
    sessionFunction('listConversations', 'state', session, async (id, call) => {
      const reader = await readerOf();
      const reached = requireReached(services, id, call);
      const { active } = await reader.graph(reached);
      const found = await reader.conversations(reached);
      return found.map((conversation) => toLuaConversation(conversation, active));
    }),
    sessionFunction('activeConversation', 'state', session, async (id, call) => {
      const { active } = await (await readerOf()).graph(requireReached(services, id, call));
      return active ?? undefined;
    }),
    sessionFunction('useConversation', 'store', parseUse, async ([id, conversation], call) => {
      const { conversations } = await services.stores();
      const reached = requireReached(services, id, call);
      const found = await conversations.reader.conversation(reached, conversation);
      if (found === undefined) return false;
      return call.commit(
        (tx) => conversations.activate(tx, reached, conversation),
        () => true,
      );
    }),
    sessionFunction('conversationHistory', 'state', parseView, async (view, call) => {
      const reader = await readerOf();
      const reached = requireReached(services, view.id, call);
      const start = await startOf(reader, reached, view);
      if (start === undefined) return [];
      const found = await ancestorsOf(reader, reached, start, view.maxDepth);
      const nodes = await reader.loadAll(found.map(({ record }) => record));
      return nodes.map((node, at) => ({ ...toLuaMessage(node), depth: found[at]?.depth ?? 0 }));
    }),
    sessionFunction('historyTree', 'state', parseView, (view, call) => tree(services, view, call)),
  ];
}

interface View {
  readonly id: string | undefined;
  readonly node: string | undefined;
  readonly conversation: string | undefined;
  readonly maxDepth: number | undefined;
}

function parseView(args: HostArguments): View {
  const id = optionalSessionId(args, 1);
  if (isAbsent(args, 2)) {
    return { id, node: undefined, conversation: undefined, maxDepth: undefined };
  }
  return readFields(args, 2, (fields) => {
    const maxDepth = fields.number('max_depth');
    if (maxDepth !== undefined && !(Number.isInteger(maxDepth) && maxDepth >= 0)) {
      throw badArgument(args, 2, "field 'max_depth': a whole number from 0 expected");
    }
    const node = fields.text('node_id', 'node');
    return { id, node, conversation: fields.text('conversation'), maxDepth };
  });
}

function parseUse(args: HostArguments): readonly [string | undefined, string] {
  return [optionalSessionId(args, 1), text(args, 2)];
}

interface StartArguments extends NewConversation {
  readonly id: string | undefined;
}

/** `Session.startConversation(session[, {name=, initial_prompt=}])`; a string is the name, or the prompt. */
function parseStart(args: HostArguments): StartArguments {
  const id = optionalSessionId(args, 1);
  if (isAbsent(args, 2)) return { id };
  if (args.type(2) === 'string') return { id, name: text(args, 2) };
  return readFields(args, 2, (fields) => {
    const given = fields.raw('initial_prompt');
    const name = fields.text('name');
    if (given === undefined) return { id, name };
    if (typeof given === 'string') return { id, name, initialPrompt: { userPrompt: given } };
    return { id, name, initialPrompt: promptOf(args, fields.map('initial_prompt') as ValueMap) };
  });
}

/** A prompt may have fields of its own besides those that are read here; all of it is kept. */
function promptOf(args: HostArguments, given: ValueMap) {
  const fields = new Options(args, 2, given);
  const userPrompt = fields.text('user_prompt', 'prompt', 'content');
  const systemPrompt = fields.text('system_prompt');
  if (userPrompt === undefined && systemPrompt === undefined) {
    throw badArgument(
      args,
      2,
      "field 'initial_prompt': it has no user_prompt and no system_prompt",
    );
  }
  return { name: fields.text('name'), systemPrompt, userPrompt, given };
}

/** The message that a view starts from: the one that is named, else the last one of the conversation. */
async function startOf(
  reader: ConversationReader,
  session: string,
  { node, conversation }: View,
): Promise<string | undefined> {
  if (node === undefined) {
    return (await reader.conversation(session, conversation))?.head ?? undefined;
  }
  if ((await reader.record(session, node)) === undefined) throw messageNotFound(session, node);
  return node;
}

/** Lua tables nest less deeply than histories may branch. */
const MAX_BRANCHES = 50;

async function tree(services: Services, view: View, call: CallContext): Promise<HostObject[]> {
  const { reader } = (await services.stores()).conversations;
  const session = requireReached(services, view.id, call);
  const { node, maxDepth = MAX_BRANCHES } = view;
  if (node !== undefined) await startOf(reader, session, view);
  const { conversation } = view;
  const records = await reader.recordsOf(
    session,
    node === undefined ? { conversation } : undefined,
  );
  const stretches = treesOf(records, Math.min(maxDepth, MAX_BRANCHES), node);
  return Promise.all(stretches.map((stretch) => toLuaStretch(reader, stretch)));
}

async function toLuaStretch(
  reader: ConversationReader,
  { messages, branches, isCut }: Stretch<MessageRecord>,
): Promise<HostObject> {
  return {
    messages: (await reader.loadAll(messages)).map(toLuaMessage),
    branches: await Promise.all(branches.map((branch) => toLuaStretch(reader, branch))),
    ...(isCut ? { cut: true } : {}),
  };
}

const SECOND_MS = 1000;

function toLuaConversation(conversation: Conversation, active: string | null): HostObject {
  const { id, name, head, messageCount, createdAt, updatedAt } = conversation;
  return {
    id,
    name: name ?? undefined,
    active: id === active,
    head: head ?? undefined,
    message_count: messageCount,
    created_at: Math.floor(createdAt / SECOND_MS),
    created_at_iso: new Date(createdAt).toISOString(),
    updated_at: Math.floor(updatedAt / SECOND_MS),
    updated_at_iso: new Date(updatedAt).toISOString(),
  };
}
