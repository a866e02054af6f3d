/** Messages in the form of Anthropic's Messages API, and answers back from it. */
import type { Anthropic } from '@anthropic-ai/sdk';
import { stringifyJson } from '../base/json.js';
import { fromPlain } from '../base/value.js';
import type { ImagePart, Message, Part, ReasoningPart, ToolCallPart } from './message.js';
import { textOf } from './message.js';
import { ToolIds } from './tool-ids.js';

type Block = Anthropic.ContentBlockParam;
type InnerBlock = Anthropic.TextBlockParam | Anthropic.ImageBlockParam;

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

export interface AnthropicMessages {
  /** The system messages in front of the conversation. */
  readonly system: string | undefined;
  readonly messages: Turn[];
}

const TOOL_IDS = { allowed: /[A-Za-z0-9_-]/, maxLength: 64 };

/** Conversations begin with the user here; this stands for what was cut off in front. */
const OPENING = '(The conversation goes on.)';

/**
 * The messages of a request: system messages in front of everything else apart, later ones in the user's turn at their
 * place, so that what came before stays as it was; results of tools in the user's turn; neighbours of one role in one
 * turn. Empty texts, which are refused, are left out.
 *
 * @param origin Who is asked: thoughts of others are not shown.
 */
export function toAnthropicMessages(
  messages: readonly Message[],
  origin: string,
): AnthropicMessages {
  const ids = new ToolIds(TOOL_IDS);
  const start = messages.findIndex(({ role }) => role !== 'system');
  const end = start === -1 ? messages.length : start;
  const system = messages.slice(0, end).map(textOf).join('\n\n');
  const turns: Turn[] = [];
  for (const message of messages.slice(end)) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message, ids, origin);
    if (content.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  for (const { content } of turns) content.sort((a, b) => rankOf(a) - rankOf(b));
  if (turns[0]?.role === 'assistant') {
    turns.unshift({ role: 'user', content: [{ type: 'text', text: OPENING }] });
  }
  return { system: system.trim() === '' ? undefined : system, messages: turns };
}

/** Results of tools come first in their turn. */
function rankOf({ type }: Block): number {
  return type === 'tool_result' ? 0 : 1;
}

function blocksOf(message: Message, ids: ToolIds, origin: string): Block[] {
  if (message.role === 'system') {
    const text = textOf(message);
    return text.trim() === '' ? [] : [{ type: 'text', text: `<system>\n${text}\n</system>` }];
  }
  return message.parts.flatMap((part) => blockOf(part, ids, origin));
}

function blockOf(part: Part, ids: ToolIds, origin: string): Block[] {
  switch (part.type) {
    case 'text':
    case 'image':
      return innerBlock(part);
    case 'reasoning':
      return part.origin === origin ? thinking(part) : [];
    case 'tool_call':
      return [{ type: 'tool_use', id: ids.ofCall(part.id), name: part.name, input: inputOf(part) }];
    case 'tool_result': {
      const content = part.content.flatMap(innerBlock);
      return [
        {
          type: 'tool_result',
          tool_use_id: ids.ofResult(part.id),
          ...(content.length === 0 ? {} : { content }),
          ...(part.isError ? { is_error: true } : {}),
        },
      ];
    }
  }
}

function innerBlock(part: Part): InnerBlock[] {
  if (part.type === 'image') return [{ type: 'image', source: imageSource(part) }];
  if (part.type !== 'text' || part.text.trim() === '') return [];
  return [{ type: 'text', text: part.text }];
}

function imageSource({ source, mimeType }: ImagePart): Anthropic.ImageBlockParam['source'] {
  if (source.kind === 'url') return { type: 'url', url: source.url };
  if (source.kind === 'artifact') return { type: 'url', url: `artifact:${source.id}` };
  return {
    type: 'base64',
    media_type: mimeType as Anthropic.Base64ImageSource['media_type'],
    data: Buffer.from(source.bytes).toString('base64'),
  };
}

/** Thoughts without their proof would be refused. */
function thinking({ text, signature, redacted }: ReasoningPart): Block[] {
  if (redacted !== undefined) return [{ type: 'redacted_thinking', data: redacted }];
  if (signature === undefined) return [];
  return [{ type: 'thinking', thinking: text, signature }];
}

/** The input has to be an object: what was none is shown to the model under a name of its own. */
function inputOf({ arguments: args, malformed }: ToolCallPart): unknown {
  if (malformed !== undefined) return { malformed_arguments: malformed };
  return JSON.parse(stringifyJson(fromPlain(args)));
}

/** AnswerBlock is a part of an answer as it came in a stream: the input of a tool still as text. */
export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly call: Pick<ToolCallPart, 'arguments' | 'malformed'>;
    };

/** @param origin Who thought the thoughts. */
export function fromAnthropicAnswer(blocks: readonly AnswerBlock[], origin: string): Message {
  return { role: 'assistant', parts: blocks.flatMap((block) => partOf(block, origin)) };
}

function partOf(block: AnswerBlock, origin: string): Part[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'thinking': {
      const { thinking: text, signature } = block;
      return [{ type: 'reasoning', text, ...(signature === '' ? {} : { signature }), origin }];
    }
    case 'redacted_thinking':
      return [{ type: 'reasoning', text: '', redacted: block.data, origin }];
    case 'tool_use':
      return [{ type: 'tool_call', id: block.id, name: block.name, ...block.call }];
  }
}
