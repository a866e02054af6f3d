/** The part of the `Session` global that is about what sessions have besides messages: context, settings, responses. */
import type { HostObject, Value, ValueMap } from '../../../runtime/base/value.js';
import { type HostArguments, Results } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { toSessionData } from '../../../runtime/session/session-data.js';
import { sessionNotFound } from '../../../runtime/session/session-errors.js';
import { toLuaRecord } from '../../../runtime/session/session-view.js';
import { problemsOf } from '../../../runtime/session-problems.js';
import {
  type SessionSummary,
  summarize,
  type UsageSummary,
} from '../../../runtime/session-summary.js';
import { badArgument, isAbsent, optionalText, table, text, value } from '../arguments.js';
import { providerOf } from './create-arguments.js';
import { optionalSessionId, requireCurrent, requireReached } from './session-argument.js';
import { sessionFunction } from './session-function.js';

export function detailModule(services: Services): GlobalFunction[] {
  const session = (args: HostArguments) => optionalSessionId(args, 1);
  const reach = (id: string | undefined, call: CallContext) => requireReached(services, id, call);
  return [
    sessionFunction('initialize', 'state', session, async (id, call) => {
      const { sessions } = await services.stores();
      const wanted = requireCurrent(id, call);
      if ((await sessions.get(wanted)) === undefined) throw sessionNotFound(wanted);
      return true;
    }),
    sessionFunction('data', 'state', session, (id, call) => data(services, reach(id, call))),
    sessionFunction('getContext', 'state', session, async (id, call) => {
      const { sessions, details } = await services.stores();
      const wanted = reach(id, call);
      return (await sessions.get(wanted)) === undefined ? undefined : details.context(wanted);
    }),
    sessionFunction('setContext', 'store', parseContext, async ({ id, context }, call) => {
      const { details } = await services.stores();
      const wanted = reach(id, call);
      return call.commit(
        (tx) => details.setContext(tx, wanted, context),
        () => true,
      );
    }),
    sessionFunction('getProvider', 'state', session, async (id, call) => {
      const { provider, model } = await (await services.stores()).details.settings(reach(id, call));
      return new Results(provider ?? undefined, model ?? undefined);
    }),
    sessionFunction('setProvider', 'store', parseProvider, async ({ id, ...chosen }, call) => {
      const { details } = await services.stores();
      const wanted = reach(id, call);
      return call.commit(
        (tx) => details.changeSettings(tx, wanted, chosen),
        () => true,
      );
    }),
    sessionFunction('setResponse', 'store', parseResponse, async ({ id, name, response }, call) => {
      const { details } = await services.stores();
      const wanted = reach(id, call);
      return call.commit(
        (tx) => details.setResponse(tx, wanted, name, response),
        () => true,
      );
    }),
    sessionFunction('responses', 'state', session, async (id, call) => {
      const { details } = await services.stores();
      const found = await details.responses(reach(id, call));
      return new Map(found.map((response): [string, Value] => [response.name, response.value]));
    }),
    sessionFunction('summary', 'state', session, async (id, call) =>
      toLuaSummary(await summarize(await services.stores(), reach(id, call))),
    ),
    sessionFunction('errors', 'state', session, async (id, call) => {
      const problems = await problemsOf(services, reach(id, call));
      return problems.map(({ at, ...problem }) => ({
        at: Math.floor(at / SECOND_MS),
        at_iso: new Date(at).toISOString(),
        ...problem,
      }));
    }),
  ];
}

const SECOND_MS = 1000;

function parseContext(args: HostArguments): { id: string | undefined; context: ValueMap } {
  return { id: optionalSessionId(args, 1), context: table(args, 2) };
}

/** `Session.setProvider(session, provider[, model])`; nil goes back to the provider of the configuration. */
function parseProvider(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  const given = isAbsent(args, 2) ? undefined : value(args, 2);
  const { provider, model } = providerOf(args, 2, given);
  return { id, provider: provider ?? null, model: optionalText(args, 3) ?? model ?? null };
}

function parseResponse(args: HostArguments) {
  if (args.count < 3) throw badArgument(args, 3, 'value expected, got no value');
  return { id: optionalSessionId(args, 1), name: text(args, 2), response: value(args, 3) };
}

/** The whole session as chat programs exchange it; nil and why when there is none. */
async function data(services: Services, id: string) {
  const { sessions, conversations, details } = await services.stores();
  const session = await sessions.get(id);
  if (session === undefined) return new Results(undefined, sessionNotFound(id).message);
  const { reader } = conversations;
  const messages = await reader.loadAll(await reader.history(id));
  return toSessionData({ session, messages, context: await details.context(id) });
}

function toLuaSummary(summary: SessionSummary): HostObject {
  const { session, settings, conversation } = summary;
  const { id, name, title, status, created_at, created_at_iso, updated_at, updated_at_iso } =
    toLuaRecord(session);
  return {
    session_id: id,
    ...{ name, title, status, created_at, created_at_iso, updated_at, updated_at_iso },
    artifact_count: session.artifactCount,
    response_count: summary.responses,
    message_count: session.messageCount,
    conversation_count: summary.conversations,
    messages_by_role: { ...summary.messagesByRole },
    failures: summary.failures,
    conversation:
      conversation === null
        ? undefined
        : {
            id: conversation.id,
            name: conversation.name ?? undefined,
            prompt_count: conversation.prompts,
            response_count: conversation.responses,
            token_usage: toLuaUsage(conversation.usage),
          },
    usage: toLuaUsage(summary.usage),
    config: {
      provider: settings.provider ?? undefined,
      model: settings.model ?? undefined,
      provider_config: settings.providerConfig,
      tools: settings.tools,
    },
  };
}

function toLuaUsage({ calls, inputTokens, outputTokens, costUsd }: UsageSummary): HostObject {
  return {
    calls,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    cost_usd: costUsd ?? undefined,
  };
}
