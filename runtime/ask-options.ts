/** What a program may say when it asks models, and how scripts say the same. */
import { SpellError } from './base/errors.js';
import type { SecretHandle } from './base/secret.js';
import { fromPlain, type PlainValue, toPlain } from './base/value.js';
import { ProgramWork } from './call-arguments.js';
import type { OverflowPolicy } from './conversation/parameters.js';
import type { Metadata } from './detail-api.js';
import type { Message, Part } from './provider/message.js';
import type { ToolChoice, ToolSpec } from './provider/provider.js';
import type { Services } from './services.js';
import { partToData } from './session/message-parts.js';
import { callTool } from './tool/call.js';
import { ToolRegistry } from './tool/registry.js';
import type { JsonSchema, Tool, ToolArguments } from './tool/tool.js';

/** A provider by its name, or together with a model. */
export type ProviderOption = string | { readonly provider: string; readonly model?: string };

/** A text, or the parts of a message. */
export type PromptContent = string | readonly Part[];

/** A tool by its name, one of the program, or one that only the model is told of. */
export type ToolOption = string | Tool | ToolSpec;

/** TokenInfo tells what a piece of an answer is. */
export interface TokenInfo {
  readonly type: 'text' | 'restart';
  /** What came before is void: the answer did not fit its schema. */
  readonly restart?: boolean;
}

/** What a call may say besides its prompt. Parameters that it does not name are those of the session. */
export interface AskOptions {
  /** In place of the history of the session; a text is said by the user. */
  readonly messages?: readonly (string | Message)[];
  /** In place of the system prompt. */
  readonly system?: string;
  /** A model's name, or `provider/model`. */
  readonly model?: string;
  readonly provider?: ProviderOption;
  /** Providers, `provider/model` or models to ask in turn when the first one fails. */
  readonly fallback?: readonly string[];
  readonly temperature?: number;
  /** Tokens of the answer. */
  readonly maxTokens?: number;
  /** Texts that end the answer. */
  readonly stop?: string | readonly string[];
  readonly tools?: readonly ToolOption[];
  readonly toolChoice?: ToolChoice;
  /** The answer is data that fits this schema, see `GenerateResponse.data`. */
  readonly schema?: JsonSchema;
  /** What becomes of a conversation that outgrows the model's window. */
  readonly onOverflow?: OverflowPolicy;
  /** Told of the answer as it comes; the next piece waits until it is done. */
  readonly onToken?: (token: string, about: TokenInfo) => void | Promise<void>;
  /** Milliseconds without a sign of the server. */
  readonly timeoutMs?: number;
  /** Tries after the first one. */
  readonly maxRetries?: number;
  /** Takes the place of the provider's key: `{ secret: 'NAME' }`, open in `[runtime.security] secrets`. */
  readonly apiKey?: SecretHandle;
  /** Parameters once more; others are fields of the provider's own request. */
  readonly providerConfig?: Metadata;
  /** Aborting it ends the call with `ABORTED`; nothing of it is kept. */
  readonly signal?: AbortSignal;
}

export interface SessionAskOptions extends AskOptions {
  /** What stands for `{{name}}` in the prompt. */
  readonly variables?: Readonly<Record<string, string | number | boolean>>;
  /** The active one when absent. */
  readonly conversation?: string;
}

/** The call of a tool that a model wants. */
export interface WantedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, PlainValue>>;
}

export interface ToolLoopOptions extends SessionAskOptions {
  /** Those of the session when absent. */
  readonly tools?: readonly ToolOption[];
  /** 25 when absent. */
  readonly maxToolCalls?: number;
  /** Told of each call before it is made; `false` refuses it. */
  readonly onToolCall?: (call: WantedCall) => unknown;
}

/** The options as scripts write them. */
export function askFields(services: Services, options: ToolLoopOptions) {
  const { messages, tools, timeoutMs } = options;
  return {
    messages: messages?.map(messageField),
    system: options.system,
    model: options.model,
    provider: options.provider,
    fallback: options.fallback,
    temperature: options.temperature,
    max_tokens: options.maxTokens,
    stop: options.stop,
    tools: tools?.map((tool) => toolField(services, tool)),
    tool_choice: options.toolChoice,
    schema: options.schema,
    on_overflow: options.onOverflow,
    on_token: options.onToken,
    timeout: timeoutMs === undefined ? undefined : timeoutMs / 1000,
    max_retries: options.maxRetries,
    api_key: options.apiKey && { secret: options.apiKey.secret },
    provider_config: options.providerConfig,
    conversation: options.conversation,
    variables: options.variables,
    max_tool_calls: options.maxToolCalls,
    on_tool_call: options.onToolCall,
  };
}

export function contentField(content: PromptContent | null | undefined): unknown {
  if (content === undefined || content === null) return undefined;
  return typeof content === 'string' ? content : content.map(partToData);
}

function messageField(message: string | Message): unknown {
  if (typeof message === 'string') return message;
  return { role: message.role, parts: message.parts.map(partToData) };
}

/** A tool as scripts offer it; one that the runtime has goes by its name. */
export function toolField(services: Services, tool: ToolOption): unknown {
  if (typeof tool === 'string') return tool;
  const { name, description, parameters } = tool;
  if (!('execute' in tool)) return { name, description, parameters };
  if (services.tools.exists(name) && services.tools.get(name) === tool) return name;
  return { name, description, parameters, run: workOf(services, tool) };
}

/** What a tool of the program does, with everything that calls of tools have: a limit of time, secrets, an abort. */
function workOf({ clock, secrets }: Services, tool: Tool): ProgramWork {
  const own = new ToolRegistry([tool]);
  // A crash takes along whom one could ask what became of the call.
  const effect = tool.effect === 'reconcilable' ? 'unsafe' : tool.effect;
  return new ProgramWork(effect, async ([given], { signal, key }) => {
    const args = fromPlain(given ?? {}) as ToolArguments;
    const context = { clock, secrets, signal, callId: key, idempotencyKey: key };
    const envelope = await callTool(own, tool.name, args, context);
    if (envelope.success) return toPlain(envelope.result);
    const { code, message, hint } = envelope.error;
    throw new SpellError(code, message, { hint });
  });
}
