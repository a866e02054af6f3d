/** The part of the `Session` global that changes which history goes to models, and shows how it goes there. */
import { SpellError } from '../../../runtime/base/errors.js';
import { fromPlain } from '../../../runtime/base/value.js';
import { showImages } from '../../../runtime/conversation/images.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { compactConversation, moveHead } from '../../../runtime/session/conversation-compaction.js';
import type { NodeUsage } from '../../../runtime/session/message-node.js';
import { sessionNotFound } from '../../../runtime/session/session-errors.js';
import { badArgument, isAbsent, Options, text } from '../arguments.js';
import { providerOf } from '../session/create-arguments.js';
import { readFields } from '../session/option-fields.js';
import { optionalSessionId, requireReached } from '../session/session-argument.js';
import { sessionFunction, sessionTarget } from '../session/session-function.js';

export function compactionModule(services: Services): GlobalFunction[] {
  return [
    sessionFunction('compact', 'state', parsePlan, (wish, call) => plan(services, wish, call)),
    globalFunction<Made>({
      path: 'host.compact',
      parse: parseMade,
      operation: {
        op: 'session.compacted',
        kind: 'store',
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        perform: (made, call) => compact(services, made, call),
      },
    }),
    sessionFunction('setHead', 'store', parseHead, async ({ id, ...head }, call) => {
      const stores = await services.stores();
      const session = requireReached(services, id, call);
      return call.commit(
        (tx) => moveHead(stores, tx, session, head),
        (previous) => previous ?? undefined,
      );
    }),
    sessionFunction('messagesForProvider', 'state', parseWire, (asked, call) =>
      wireMessages(services, asked, call),
    ),
  ];
}

interface Wish {
  readonly id: string | undefined;
  readonly preserveRecent: number;
  readonly makesRoom: boolean;
  readonly conversation?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

const PRESERVE_RECENT = 6;

/** `Session.compact(session[, options])` */
function parsePlan(args: HostArguments): Wish {
  const id = optionalSessionId(args, 1);
  // What preludes add.
  const makesRoom = args.type(3) === 'boolean' && args.boolean(3);
  if (isAbsent(args, 2)) return { id, preserveRecent: PRESERVE_RECENT, makesRoom };
  return readFields(args, 2, (fields) => {
    const preserveRecent = fields.number('preserve_recent') ?? PRESERVE_RECENT;
    if (!Number.isInteger(preserveRecent) || preserveRecent < 0) {
      throw badArgument(args, 2, "field 'preserve_recent': a whole number from 0 expected");
    }
    const { provider, model } = providerOf(args, 2, fields.raw('provider'));
    const conversation = fields.text('conversation');
    const named = { provider, model: fields.text('model') ?? model };
    return { id, preserveRecent, makesRoom, conversation, ...named };
  });
}

async function plan(services: Services, { id, ...wish }: Wish, call: CallContext) {
  const session = requireReached(services, id, call);
  const { planCompaction } = await import('../../../runtime/conversation/compaction-plan.js');
  const models = await services.models();
  const stores = await services.stores();
  if ((await stores.sessions.get(session)) === undefined) throw sessionNotFound(session);
  const found = await planCompaction(models, stores, session, wish);
  return found === undefined ? undefined : { session_id: session, ...found };
}

interface Made {
  readonly id: string;
  readonly conversation: string;
  readonly upto: string;
  readonly summary: string;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly usage: NodeUsage | undefined;
}

/** `host.compact(session, fields)` */
function parseMade(args: HostArguments): Made {
  return readFields(args, 2, (fields) => {
    const usage = fields.map('usage');
    const numbers = usage === undefined ? undefined : new Options(args, 2, usage);
    return {
      id: text(args, 1),
      conversation: fields.text('conversation') ?? '',
      upto: fields.text('upto') ?? '',
      summary: fields.text('summary') ?? '',
      provider: fields.text('provider'),
      model: fields.text('model'),
      usage: numbers && {
        inputTokens: numbers.number('input_tokens') ?? 0,
        outputTokens: numbers.number('output_tokens') ?? 0,
        costUsd: numbers.number('cost_usd') ?? null,
      },
    };
  });
}

async function compact(
  services: Services,
  { id, summary: given, ...fields }: Made,
  call: CallContext,
): Promise<HostResult> {
  const stores = await services.stores();
  const session = requireReached(services, id, call);
  return stores.conversations.withPrepared('user', [{ type: 'text', text: given }], (summary) =>
    call.commit(
      (tx) => compactConversation(stores, tx, session, { ...fields, summary }),
      ({ message, kept, previousHead }) => ({
        message_id: message,
        kept,
        previous_head: previousHead,
      }),
    ),
  );
}

/** `Session.setHead(session, message[, options])` */
function parseHead(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  const message = text(args, 2);
  if (isAbsent(args, 3)) return { id, message };
  return readFields(args, 3, (fields) => ({
    id,
    message,
    conversation: fields.text('conversation'),
  }));
}

/** `Session.messagesForProvider(session, provider[, options])` */
function parseWire(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  const provider = text(args, 2);
  if (isAbsent(args, 3)) return { id, provider };
  return readFields(args, 3, (fields) => ({
    id,
    provider,
    conversation: fields.text('conversation'),
  }));
}

interface Wire {
  readonly id: string | undefined;
  readonly provider: string;
  readonly conversation?: string | undefined;
}

/** The history in the form that a provider's protocol has; for Anthropic's the system prompt comes second. */
async function wireMessages(
  services: Services,
  asked: Wire,
  call: CallContext,
): Promise<HostResult> {
  const stores = await services.stores();
  const session = requireReached(services, asked.id, call);
  const protocol = await protocolOf(services, asked.provider);
  const { reader } = stores.conversations;
  const records = await reader.history(session, { conversation: asked.conversation });
  const nodes = await reader.loadAll(records);
  const neutral = nodes.map(({ role, parts }) => ({ role, parts }));
  const messages = await showImages(services.stores, neutral, session);
  if (protocol === 'anthropic') {
    const { toAnthropicMessages } = await import('../../../runtime/provider/anthropic-messages.js');
    const { system, messages: turns } = toAnthropicMessages(messages, asked.provider);
    return new Results(fromPlain(turns), system);
  }
  const { toChatMessages } = await import('../../../runtime/provider/openai-messages.js');
  return fromPlain(toChatMessages(messages, asked.provider));
}

async function protocolOf(services: Services, name: string): Promise<'openai' | 'anthropic'> {
  if (name === 'openai' || name === 'anthropic') return name;
  const { registry } = await services.models();
  const { type } = registry.get(name);
  if (type === 'anthropic') return type;
  if (type !== 'scripted' && type !== 'custom') return 'openai';
  throw new SpellError(
    'BAD_ARGUMENT',
    `the provider "${name}" has no protocol to write messages in`,
    {
      hint: 'Name "openai", "anthropic", or a provider that speaks one of their protocols.',
    },
  );
}
