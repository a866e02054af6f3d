/** Messages in the form of OpenAI's chat completions, and answers back from it. */
import type { OpenAI } from 'openai';
import { stringifyJson } from '../base/json.js';
import { fromPlain } from '../base/value.js';
import { parseArguments } from './arguments-text.js';
import {
  type ImagePart,
  type Message,
  type Part,
  type TextPart,
  THOUGHT_FIELDS,
  type ThoughtField,
  type ToolCallPart,
} from './message.js';
import { ToolIds } from './tool-ids.js';

type ChatMessage = OpenAI.ChatCompletionMessageParam;
type Content = OpenAI.ChatCompletionContentPart;

/** Ids may hold anything, and 40 characters of it. */
const TOOL_IDS = { allowed: /./su, maxLength: 40 };

/**
 * The messages of a request. Thoughts go back with the calls of tools that they led to, in the field that they came in:
 * some servers want them there and refuse what lacks them. Other thoughts are left out. Images that tools have answered
 * with follow the answers of all tools, as a message of the user, since answers of tools are text here.
 *
 * @param origin Who is asked: thoughts of others are not shown.
 */
export function toChatMessages(messages: readonly Message[], origin: string): ChatMessage[] {
  const ids = new ToolIds(TOOL_IDS);
  const chat: ChatMessage[] = [];
  let images: Content[] = [];
  const flush = () => {
    if (images.length > 0) chat.push({ role: 'user', content: images });
    images = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') flush();
    switch (message.role) {
      case 'system':
        chat.push({ role: 'system', content: textContent(textsOf(message.parts)) });
        break;
      case 'user':
        chat.push({ role: 'user', content: userContent(message.parts) });
        break;
      case 'assistant':
        chat.push(assistantMessage(message.parts, ids, origin));
        break;
      case 'tool':
        for (const result of message.parts) {
          if (result.type !== 'tool_result') continue;
          const pictures = result.content.filter((part) => part.type === 'image');
          const note: TextPart[] =
            pictures.length === 0 ? [] : [{ type: 'text', text: `(${IMAGES_FOLLOW})` }];
          const content = textContent([...textsOf(result.content), ...note]);
          chat.push({ role: 'tool', tool_call_id: ids.ofResult(result.id), content });
          if (pictures.length > 0) {
            images.push({ type: 'text', text: `Images of the tool ${result.name}:` });
            images.push(...pictures.map(imageContent));
          }
        }
    }
  }
  flush();
  return chat;
}

const IMAGES_FOLLOW = 'images follow in the next message';

function textsOf(parts: readonly Part[]): TextPart[] {
  return parts.filter((part) => part.type === 'text');
}

/** One text is sent as text, which every server understands. */
function textContent(texts: readonly TextPart[]): string | OpenAI.ChatCompletionContentPartText[] {
  if (texts.length <= 1) return texts[0]?.text ?? '';
  return texts.map(({ text }) => ({ type: 'text', text }));
}

function userContent(parts: readonly Part[]): string | Content[] {
  if (parts.every((part) => part.type !== 'image')) return textContent(textsOf(parts));
  return parts.flatMap((part): Content[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }];
    return part.type === 'image' ? [imageContent(part)] : [];
  });
}

function imageContent({ source, mimeType }: ImagePart): OpenAI.ChatCompletionContentPartImage {
  return { type: 'image_url', image_url: { url: urlOf(source, mimeType) } };
}

function urlOf(source: ImagePart['source'], mimeType: string): string {
  if (source.kind === 'url') return source.url;
  if (source.kind === 'artifact') return `artifact:${source.id}`;
  return `data:${mimeType};base64,${Buffer.from(source.bytes).toString('base64')}`;
}

function assistantMessage(
  parts: readonly Part[],
  ids: ToolIds,
  origin: string,
): OpenAI.ChatCompletionAssistantMessageParam {
  const texts = textsOf(parts);
  const calls = parts.filter((part) => part.type === 'tool_call');
  if (calls.length === 0) return { role: 'assistant', content: textContent(texts) };
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : textContent(texts),
    ...thoughtsOf(parts, origin),
    tool_calls: calls.map((call) => toolCall(call, ids)),
  };
}

function thoughtsOf(parts: readonly Part[], origin: string): Partial<Record<ThoughtField, string>> {
  const thoughts: Partial<Record<ThoughtField, string>> = {};
  for (const part of parts) {
    if (part.type !== 'reasoning' || part.field === undefined || part.origin !== origin) continue;
    thoughts[part.field] = (thoughts[part.field] ?? '') + part.text;
  }
  return thoughts;
}

function toolCall(call: ToolCallPart, ids: ToolIds): OpenAI.ChatCompletionMessageFunctionToolCall {
  const text = call.malformed ?? stringifyJson(fromPlain(call.arguments));
  return {
    id: ids.ofCall(call.id),
    type: 'function',
    function: { name: call.name, arguments: text },
  };
}

/** ChatAnswer is the message of an answer, whole or put together from a stream. */
export interface ChatAnswer {
  readonly content?: string | null | undefined;
  readonly refusal?: string | null | undefined;
  /** What servers other than OpenAI's tell of the model's thoughts, under one of two names. */
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly tool_calls?: readonly OpenAI.ChatCompletionMessageToolCall[] | null | undefined;
}

/**
 * An answer as a message.
 *
 * @param answerId Names calls that came without an id.
 * @param origin Who thought the thoughts.
 */
export function fromChatAnswer(answer: ChatAnswer, answerId: string, origin: string): Message {
  const parts: Part[] = [];
  const calls = answer.tool_calls ?? [];
  const field = THOUGHT_FIELDS.find((name) => typeof answer[name] === 'string');
  const thoughts = field === undefined ? '' : (answer[field] as string);
  // Who wants thoughts back wants empty ones, too.
  if (field !== undefined && (thoughts !== '' || calls.length > 0)) {
    parts.push({ type: 'reasoning', text: thoughts, field, origin });
  }
  const text = answer.content || answer.refusal;
  if (text) parts.push({ type: 'text', text });
  for (const [index, call] of calls.entries()) {
    if (call.type === 'custom') continue;
    const id = call.id || `${answerId}_${index}`;
    const { name, arguments: written } = call.function;
    parts.push({ type: 'tool_call', id, name, ...parseArguments(written ?? '') });
  }
  return { role: 'assistant', parts };
}
