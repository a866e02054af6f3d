/** The private functions on which the `prompts` prelude is built: prompts as messages that say how they went. */
import { isMap, toPlain, type Value } from '../../../runtime/base/value.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallContext, Operation } from '../../../runtime/host/host-call.js';
import type { Part } from '../../../runtime/provider/message.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { messageNotFound } from '../../../runtime/session/conversation-errors.js';
import type { NodeChanges } from '../../../runtime/session/conversation-store.js';
import type { NodeError, NodeUsage } from '../../../runtime/session/message-node.js';
import { partsFromData, textOf } from '../../../runtime/session/message-parts.js';
import { toLuaMessage } from '../../../runtime/session/message-view.js';
import { list, Options, optionalText, text } from '../arguments.js';
import { checkAskFields } from '../llm/ask-arguments.js';
import { optionalSessionId, requireReached } from './session-argument.js';
import { sessionTarget } from './session-function.js';

export function promptModule(services: Services): GlobalFunction[] {
  const define = <A>(
    name: string,
    kind: 'state' | 'store',
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path: `host.${name}`,
      parse,
      operation: {
        op: `prompt.${name}`,
        kind,
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        perform,
      },
    });
  const about = (args: HostArguments) =>
    [optionalSessionId(args, 1), optionalText(args, 2)] as const;
  return [
    globalFunction<void>({
      path: 'host.check_ask_fields',
      parse: checkAskFields,
      operation: { op: 'prompt.check', kind: 'pure', waits: false, perform: () => undefined },
    }),
    define(
      'new_group',
      'state',
      () => undefined,
      () => `group_${services.ids.next()}`,
    ),
    define('add_prompt', 'store', parsePrompt, (prompt, call) => addPrompt(services, prompt, call)),
    define('update_prompt', 'store', parseChanges, (changes, call) =>
      updatePrompt(services, changes, call),
    ),
    define('advance_to_last', 'store', parseIds, (asked, call) =>
      advanceToLast(services, asked, call),
    ),
    define('prompts', 'state', about, async ([id, group], call) => {
      const { reader } = (await services.stores()).conversations;
      const records = await reader.recordsOf(requireReached(services, id, call));
      const isAsked = (of: string | null) => group === undefined || of === group;
      const found = records.filter((record) => isExecuted(record) && isAsked(record.group));
      return (await reader.loadAll(found)).map(toLuaMessage);
    }),
    define('model_settings', 'state', about, async ([id], call) => {
      const { details } = await services.stores();
      const settings = await details.settings(requireReached(services, id, call));
      return new Map<string, Value>([
        ['api_key', settings.apiKeyEnv ?? undefined],
        ['provider', settings.provider ?? undefined],
        ['model', settings.model ?? undefined],
        ...(settings.providerConfig as ReadonlyMap<string, Value>),
      ]);
    }),
    define('system_prompt', 'state', about, async ([id, conversation], call) => {
      const { reader } = (await services.stores()).conversations;
      const session = requireReached(services, id, call);
      const system = (await reader.conversation(session, conversation))?.system;
      const node = system == null ? undefined : await reader.node(session, system);
      return node === undefined ? undefined : textOf(node.parts);
    }),
  ];
}

/** An answer that somebody asked for with a prompt; a pending message of a user is none. */
function isExecuted({ role, prompt }: { readonly role: string; readonly prompt: Value }): boolean {
  return role === 'assistant' && prompt !== undefined;
}

interface NewPrompt {
  readonly id: string | undefined;
  readonly user: string;
  readonly system: string | undefined;
  readonly name: string | undefined;
  readonly conversation: string | undefined;
  readonly dependencies: readonly string[];
  readonly group: string | undefined;
}

function parsePrompt(args: HostArguments): NewPrompt {
  const fields = new Options(args, 2);
  return {
    id: optionalSessionId(args, 1),
    user: fields.text('user_prompt') ?? '',
    system: fields.text('system_prompt'),
    name: fields.text('name'),
    conversation: fields.text('conversation'),
    dependencies: fields.texts('dependencies') ?? [],
    group: fields.text('group'),
  };
}

/** Two messages: what is asked, and the answer that is still to come. Neither is part of the linear history yet. */
async function addPrompt(
  services: Services,
  { id, user, system, name, conversation, dependencies, group }: NewPrompt,
  call: CallContext,
): Promise<HostResult> {
  const { conversations } = await services.stores();
  const session = requireReached(services, id, call);
  const prompt = new Map<string, Value>([
    ['name', name],
    ['system_prompt', system],
    ['user_prompt', user],
  ]);
  const asked: readonly Part[] = [{ type: 'text', text: user }];
  return conversations.withPrepared('user', asked, (question) =>
    conversations.withPrepared('assistant', [], (answer) =>
      call.commit(async (tx) => {
        const place = { conversation, name, advance: false };
        const said = await conversations.appendNode(tx, session, {
          ...place,
          role: 'user',
          content: question,
        });
        return conversations.appendNode(tx, session, {
          ...place,
          role: 'assistant',
          content: answer,
          parents: [said.id],
          dependencies,
          status: 'pending',
          group,
          prompt,
        });
      }, toLuaMessage),
    ),
  );
}

interface PromptChanges extends Omit<NodeChanges, 'content' | 'prompt'> {
  readonly id: string | undefined;
  readonly node: string;
  readonly parts: readonly Part[] | undefined;
  /** What the model was asked in the end, with the results of others filled in. */
  readonly sent: string | undefined;
  readonly attempts: number | undefined;
  readonly advance: boolean;
}

function parseChanges(args: HostArguments): PromptChanges {
  const fields = new Options(args, 3);
  const content = fields.raw('content');
  return {
    id: optionalSessionId(args, 1),
    node: text(args, 2),
    status: fields.text('status') as NonNullable<NodeChanges['status']>,
    error: errorOf(fields.raw('error')),
    provider: fields.text('provider') ?? null,
    model: fields.text('model') ?? null,
    usage: usageOf(fields),
    parts: content === undefined ? undefined : partsFromData(content),
    sent: fields.text('sent'),
    attempts: fields.number('attempts'),
    advance: fields.boolean('advance') ?? false,
  };
}

function errorOf(given: Value): NodeError | null {
  if (!isMap(given)) return null;
  return { code: String(given.get('code')), message: String(given.get('message')) };
}

function usageOf(fields: Options): NodeUsage | null {
  const usage = fields.map('usage');
  if (usage === undefined) return null;
  const read = toPlain(usage) as { input_tokens?: number; output_tokens?: number };
  return {
    inputTokens: read.input_tokens ?? 0,
    outputTokens: read.output_tokens ?? 0,
    costUsd: fields.number('cost') ?? null,
  };
}

async function updatePrompt(
  services: Services,
  { id, node, parts, sent, attempts, advance, ...fields }: PromptChanges,
  call: CallContext,
): Promise<HostResult> {
  const { conversations } = await services.stores();
  const session = requireReached(services, id, call);
  const before = await conversations.reader.record(session, node);
  if (before === undefined) throw messageNotFound(session, node);
  const now = services.clock.now();
  const times = fields.status === 'running' ? { startedAt: now } : { completedAt: now };
  const prompt = sent === undefined ? {} : { prompt: withField(before.prompt, 'sent', sent) };
  const metadata =
    attempts === undefined
      ? {}
      : { metadata: new Map([...before.metadata, ['attempts', attempts]]) };
  const changes: NodeChanges = { ...fields, ...times, ...prompt, ...metadata };
  const commit = (content?: NodeChanges['content']) =>
    call.commit(
      async (tx) => {
        await conversations.updateNode(tx, session, node, {
          ...changes,
          ...(content === undefined ? {} : { content }),
        });
        if (advance) await conversations.advance(tx, session, node);
      },
      () => true,
    );
  return parts === undefined ? commit() : conversations.withPrepared('assistant', parts, commit);
}

function withField(map: Value, name: string, value: Value): Value {
  return new Map<string, Value>([
    ...(isMap(map) ? (map as ReadonlyMap<string, Value>) : []),
    [name, value],
  ]);
}

function parseIds(args: HostArguments): readonly [string | undefined, readonly string[]] {
  return [optionalSessionId(args, 1), list(args, 2).map(String)];
}

/** The linear history goes on from the last one that was answered. */
async function advanceToLast(
  services: Services,
  [id, nodes]: readonly [string | undefined, readonly string[]],
  call: CallContext,
): Promise<HostResult> {
  const { conversations } = await services.stores();
  const session = requireReached(services, id, call);
  const records = await Promise.all(
    nodes.map((node) => conversations.reader.record(session, node)),
  );
  const last = records.findLast((record) => record?.status === 'completed');
  return call.commit(
    async (tx) => {
      if (last !== undefined) await conversations.advance(tx, session, last.id);
    },
    () => last?.id,
  );
}
