/** A request in the form of OpenAI's chat completions. */
import type { OpenAI } from 'openai';
import { toChatMessages } from './openai-messages.js';
import type { ModelRequest, ModelTraits, ResponseFormat, ToolChoice } from './provider.js';

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;

export interface ChatRequest {
  readonly body: Body;
  /** What was asked for and can't be passed on. */
  readonly warnings: readonly string[];
}

/**
 * @param isOpenAI The server is OpenAI's own, which calls the limit of an answer otherwise than the rest.
 * @param origin Who is asked, as `provider/model`.
 */
export function toChatRequest(
  request: ModelRequest,
  traits: ModelTraits,
  isOpenAI: boolean,
  origin: string,
): ChatRequest {
  const { model, messages, tools = [], toolChoice, temperature, maxTokens, stop } = request;
  const takesTemperature = traits.temperature !== false;
  const body: Body = {
    model,
    messages: toChatMessages(messages, origin),
    ...(tools.length === 0 ? {} : { tools: tools.map(chatTool), ...choice(toolChoice) }),
    ...(temperature === undefined || !takesTemperature ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : limit(maxTokens, isOpenAI)),
    ...(stop === undefined || stop.length === 0 ? {} : { stop: [...stop] }),
    ...responseFormat(request.responseFormat),
    ...request.extra,
  };
  const isLeftOut = temperature !== undefined && !takesTemperature;
  return { body, warnings: isLeftOut ? [`temperature was left out: ${model} takes none`] : [] };
}

function limit(tokens: number, isOpenAI: boolean): Partial<Body> {
  return isOpenAI ? { max_completion_tokens: tokens } : { max_tokens: tokens };
}

function chatTool(tool: NonNullable<ModelRequest['tools']>[number]): OpenAI.ChatCompletionTool {
  const { name, description, parameters } = tool;
  return { type: 'function', function: { name, description, parameters } };
}

function choice(toolChoice: ToolChoice | undefined): Partial<Body> {
  if (toolChoice === undefined) return {};
  if (typeof toolChoice === 'string') return { tool_choice: toolChoice };
  return { tool_choice: { type: 'function', function: { name: toolChoice.name } } };
}

function responseFormat(format: ResponseFormat | undefined): Partial<Body> {
  if (format === undefined) return {};
  const { name = 'answer', schema } = format;
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name, schema, strict: isStrict(schema) },
    },
  };
}

/** A schema can be enforced when each of its objects names all that it has, and has nothing else. */
function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== 'object' || schema === null) return true;
  const { type, properties, required, additionalProperties } = schema as {
    [key: string]: unknown;
  };
  if (type === 'object' || properties !== undefined) {
    const names = Object.keys((properties ?? {}) as object);
    const all = Array.isArray(required) && names.every((name) => required.includes(name));
    if (additionalProperties !== false || !all) return false;
  }
  return Object.values(schema).every(isStrict);
}
