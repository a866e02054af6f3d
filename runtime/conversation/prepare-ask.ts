/** From what a script asks to the request that providers get: the session's settings, its history, images, tools. */
import type { ArtifactStore } from '../artifact/artifact-store.js';
import { SpellError } from '../base/errors.js';
import type { LanguageModels } from '../provider/language-models.js';
import type { Message } from '../provider/message.js';
import type { GenerateRequest } from '../provider/model-call.js';
import type { ModelFacts } from '../provider/model-table.js';
import type { ToolSpec } from '../provider/provider.js';
import type { Target, TargetNames } from '../provider/registry.js';
import { tokensOfRequest } from '../provider/token-estimate.js';
import type { ConversationStore } from '../session/conversation-store.js';
import type { DetailStore } from '../session/detail-store.js';
import { requireActive } from '../session/lifecycle.js';
import { sessionNotFound } from '../session/session-errors.js';
import { NO_SETTINGS, type SessionSettings } from '../session/session-settings.js';
import type { SessionStore } from '../session/session-store.js';
import type { ToolRegistry } from '../tool/registry.js';
import type { Ask } from './ask.js';
import { showImages } from './images.js';
import type { OverflowPolicy } from './parameters.js';
import { mergeParameters, type Parameters, readParameters } from './parameters.js';
import { contextOverflow, type Overflow, overflowOf, type Truncated, truncate } from './window.js';

export interface AskStores {
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly details: DetailStore;
  readonly artifacts: ArtifactStore;
}

export interface AskParts {
  readonly models: LanguageModels;
  readonly tools: ToolRegistry;
  readonly stores: () => Promise<AskStores>;
  readonly onOverflow: OverflowPolicy;
  /** The session whose images calls show that name no session. */
  readonly currentSession: string | undefined;
}

/** ReadyAsk is a request with what is known of it beforehand. */
export interface ReadyAsk {
  readonly request: GenerateRequest;
  /** Who is asked first, then the fallbacks. */
  readonly targets: readonly Target[];
  /** About how many tokens the request is. */
  readonly inputTokens: number;
  readonly dropped: Truncated['dropped'] | undefined;
  /** The conversation is too long, and is to be compacted. */
  readonly overflow: Overflow | undefined;
  /** What becomes of it when the server finds that it is too long. */
  readonly onOverflow: OverflowPolicy;
}

/**
 * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`, `TOOL_NOT_FOUND`,
 * `ARTIFACT_NOT_FOUND`, `CONTEXT_OVERFLOW`, `BAD_ARGUMENT`
 */
export async function prepareAsk(parts: AskParts, ask: Ask): Promise<ReadyAsk> {
  const { models } = parts;
  const settings = await settingsOf(parts, ask.session);
  const parameters = mergeParameters(readParameters(settings.providerConfig), ask.parameters);
  const names = whomToAsk(models, ask, settings);
  const first = models.resolve(names);
  const facts = models.table.find(first.model) ?? {};
  const thread = await threadOf(parts, ask, settings);
  if (thread.every(({ role }) => role === 'system')) throw nothingAsked();
  const tools = await Promise.all((ask.tools ?? []).map((tool) => toolSpec(parts.tools, tool)));
  const fitted = fitThread(parts, ask, parameters, { first, facts, tools, thread });
  const { onOverflow: _, fallback, ...rest } = parameters;
  const apiKey = keyOf(ask, settings, first);
  const request: GenerateRequest = {
    ...rest,
    ...names,
    fallback,
    tools: tools.length === 0 ? undefined : tools,
    responseFormat: ask.schema === undefined ? undefined : { schema: ask.schema },
    apiKey,
    messages: await showImages(parts.stores, fitted.messages, ask.session ?? parts.currentSession),
  };
  return {
    request,
    targets: models.targets(request),
    inputTokens: tokensOfRequest({ ...request, model: first.model }),
    dropped: fitted.dropped,
    overflow: fitted.overflow,
    onOverflow: policyOf(parts, ask, parameters),
  };
}

/** Only what is kept can be compacted. */
function policyOf(parts: AskParts, ask: Ask, { onOverflow }: Parameters): OverflowPolicy {
  const policy = onOverflow ?? parts.onOverflow;
  const isCompactable = ask.session !== undefined && ask.messages === undefined;
  return policy === 'compact' && !isCompactable ? 'error' : policy;
}

async function settingsOf(
  { stores }: AskParts,
  session: string | undefined,
): Promise<SessionSettings> {
  if (session === undefined) return NO_SETTINGS;
  const { sessions, details } = await stores();
  const record = await sessions.get(session);
  if (record === undefined) throw sessionNotFound(session);
  // Refused before it is paid for: its answer could not be kept.
  requireActive(record, 'add a message to');
  return details.settings(session);
}

/**
 * A call that names a provider leaves the session's model aside, which belongs to the session's provider; a model alone
 * is asked of the session's provider unless another one is known to serve it.
 */
export function whomToAsk(
  models: LanguageModels,
  ask: Pick<Ask, 'provider' | 'model'>,
  settings: SessionSettings,
): TargetNames {
  const own = {
    provider: settings.provider ?? undefined,
    model: settings.model ?? undefined,
  };
  if (ask.provider !== undefined) {
    const model = ask.model ?? (ask.provider === own.provider ? own.model : undefined);
    return { provider: ask.provider, model };
  }
  if (ask.model === undefined || own.provider === undefined)
    return { ...own, model: ask.model ?? own.model };
  const isElsewhere =
    namesProvider(models, ask.model) || isOfOtherMaker(models, own.provider, ask.model);
  return { provider: isElsewhere ? undefined : own.provider, model: ask.model };
}

/** True for `provider/model`; names of models may have slashes, too. */
function namesProvider({ registry }: LanguageModels, model: string): boolean {
  return registry.list().some(({ name }) => model.startsWith(`${name}/`));
}

/** True when a provider is the server of one maker, and the model is known to be another one's. */
function isOfOtherMaker(models: LanguageModels, provider: string, model: string): boolean {
  const own = models.registry.get(provider).maker;
  const other = models.table.find(model)?.provider;
  return own !== undefined && other !== undefined && own !== other;
}

/** The session's key belongs to the session's provider. */
function keyOf(ask: Ask, settings: SessionSettings, first: Target): GenerateRequest['apiKey'] {
  if (ask.apiKey !== undefined) return ask.apiKey;
  const { apiKeyEnv, provider } = settings;
  const isOwn = provider === null ? ask.provider === undefined : provider === first.provider.name;
  if (apiKeyEnv === null || !isOwn || apiKeyEnv === first.provider.apiKeyEnv) return undefined;
  return { secret: apiKeyEnv };
}

async function threadOf(
  { stores }: AskParts,
  ask: Ask,
  settings: SessionSettings,
): Promise<readonly Message[]> {
  const history = ask.session === undefined ? [] : await historyOf(await stores(), ask);
  const prompts = history.filter(({ role }) => role === 'system');
  const base = ask.messages ?? history;
  const said: Message[] = [...base];
  if (ask.prompt !== undefined) said.push({ role: 'user', parts: ask.prompt });
  said.push(...(ask.follow ?? []));
  if (ask.system !== undefined) {
    const behind = said.findIndex(({ role }) => role !== 'system');
    return [systemMessage(ask.system), ...said.slice(behind === -1 ? said.length : behind)];
  }
  if (said.some(({ role }) => role === 'system')) return said;
  if (prompts.length > 0) return [...prompts.slice(0, 1), ...said];
  return settings.systemPrompt === null ? said : [systemMessage(settings.systemPrompt), ...said];
}

async function historyOf({ conversations }: AskStores, ask: Ask): Promise<readonly Message[]> {
  const { reader } = conversations;
  const { session = '', conversation } = ask;
  const records = await reader.history(session, { conversation });
  const nodes = await reader.loadAll(records.filter(({ status }) => !UNSAID.has(status)));
  return nodes.map(({ role, parts }) => ({ role, parts }));
}

/** What was to be said and was not. */
const UNSAID: ReadonlySet<string> = new Set(['failed', 'skipped', 'blocked']);

function systemMessage(text: string): Message {
  return { role: 'system', parts: [{ type: 'text', text }] };
}

/** @throws SpellError `TOOL_NOT_FOUND` */
async function toolSpec(registry: ToolRegistry, tool: string | ToolSpec): Promise<ToolSpec> {
  if (typeof tool !== 'string') return tool;
  await registry.load(tool);
  const { name, description, parameters } = registry.get(tool);
  return { name, description, parameters };
}

interface Unfitted {
  readonly first: Target;
  readonly facts: ModelFacts;
  readonly tools: readonly ToolSpec[];
  readonly thread: readonly Message[];
}

function fitThread(
  parts: AskParts,
  ask: Ask,
  parameters: Parameters,
  { first, facts, tools, thread }: Unfitted,
): Pick<ReadyAsk, 'dropped' | 'overflow'> & { readonly messages: readonly Message[] } {
  const maxTokens = parameters.maxTokens ?? first.provider.maxTokens;
  const plan = { model: first.model, messages: thread, tools, maxTokens, facts };
  const overflow = overflowOf(plan);
  if (overflow === undefined) return { messages: thread, dropped: undefined, overflow };
  const policy = policyOf(parts, ask, parameters);
  if (policy === 'truncate') return { ...truncate(plan, overflow), overflow: undefined };
  if (policy === 'compact') return { messages: thread, dropped: undefined, overflow };
  throw contextOverflow(first.model, overflow);
}

function nothingAsked(): SpellError {
  return new SpellError(
    'BAD_ARGUMENT',
    'nothing is asked: there is neither a prompt nor a message',
    {
      hint: 'Give a prompt, or messages.',
      key: 'prompt',
    },
  );
}
