/** A request in the form of Anthropic's Messages API. */
import type { Anthropic } from '@anthropic-ai/sdk';
import { toAnthropicMessages } from './anthropic-messages.js';
import type { ModelRequest, ModelTraits, ToolChoice, ToolSpec } from './provider.js';

type Body = Anthropic.MessageCreateParamsStreaming;

export interface AnthropicRequest {
  readonly body: Body;
  /** What was asked for and can't be passed on. */
  readonly warnings: readonly string[];
}

/** Tokens of an answer, which this protocol wants to be told, unless the model gives fewer. */
const DEFAULT_MAX_TOKENS = 16_384;
/** For models of which nothing is known. */
const CAUTIOUS_MAX_TOKENS = 4096;

/** @param origin Who is asked, as `provider/model`. */
export function toAnthropicRequest(
  request: ModelRequest,
  traits: ModelTraits,
  origin: string,
): AnthropicRequest {
  const { model, tools = [], toolChoice, temperature, stop, responseFormat } = request;
  const { system, messages } = toAnthropicMessages(request.messages, origin);
  const most = traits.maxOutput ?? CAUTIOUS_MAX_TOKENS;
  const body: Body = {
    model,
    messages,
    max_tokens: request.maxTokens ?? Math.min(most, DEFAULT_MAX_TOKENS),
    ...(system === undefined ? {} : { system }),
    ...(tools.length === 0 ? {} : { tools: tools.map(anthropicTool), ...choice(toolChoice) }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: [...stop] }),
    ...(responseFormat === undefined ? {} : outputConfig(responseFormat.schema)),
    ...(request.extra as Partial<Body> | undefined),
    stream: true,
  };
  // This version of the protocol refuses requests with one, whatever the model.
  const warnings =
    temperature === undefined ? [] : ['temperature was left out: Anthropic takes none'];
  return { body, warnings };
}

function anthropicTool({ name, description, parameters }: ToolSpec): Anthropic.Tool {
  return { name, description, input_schema: parameters as Anthropic.Tool.InputSchema };
}

function choice(toolChoice: ToolChoice | undefined): Partial<Body> {
  if (toolChoice === undefined) return {};
  if (typeof toolChoice === 'object') return { tool_choice: { type: 'tool', ...toolChoice } };
  return { tool_choice: { type: toolChoice === 'required' ? 'any' : toolChoice } };
}

function outputConfig(schema: Readonly<Record<string, unknown>>): Partial<Body> {
  const closed = closedSchema(schema) as Record<string, unknown>;
  return { output_config: { format: { type: 'json_schema', schema: closed } } };
}

/** Objects have to say that they hold nothing but what they name. */
function closedSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.entries(schema).map(([key, value]) => [key, closedSchema(value)]);
  const isObject = (schema as { type?: unknown }).type === 'object';
  return Object.fromEntries([...(isObject ? [['additionalProperties', false]] : []), ...inner]);
}
