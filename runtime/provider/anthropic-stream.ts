/** Puts an answer together from the events of a stream, and tells of the pieces as they come. */
import type { Anthropic } from '@anthropic-ai/sdk';
import { fromPlain, toPlain } from '../base/value.js';
import type { AnswerBlock } from './anthropic-messages.js';
import { parseArguments } from './arguments-text.js';
import type { Delta } from './provider.js';

type StreamEvent = Anthropic.RawMessageStreamEvent;

interface Slot {
  readonly start: Anthropic.ContentBlock;
  /** Text, thoughts, or the input of a tool as JSON. */
  text: string;
  signature: string;
  /** Position among the tool calls. */
  readonly call: number;
}

export class AnthropicStream {
  id = '';
  model = '';
  stopReason: string | null = null;
  /** The server has said that this is all. */
  isComplete = false;
  usage: Partial<Anthropic.Usage> | undefined;
  readonly #slots = new Map<number, Slot>();
  #calls = 0;

  constructor(private readonly onDelta: (delta: Delta) => void) {}

  add(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.id = event.message.id;
        this.model = event.message.model;
        this.usage = event.message.usage;
        break;
      case 'content_block_start':
        this.#start(event.index, event.content_block);
        break;
      case 'content_block_delta':
        this.#extend(event.index, event.delta);
        break;
      case 'message_delta':
        this.stopReason = event.delta.stop_reason ?? this.stopReason;
        this.usage = { ...this.usage, ...withoutNulls(event.usage) };
        break;
      case 'message_stop':
        this.isComplete = true;
        break;
      default:
      // The end of a block says nothing; events of later versions are not for us.
    }
  }

  get blocks(): AnswerBlock[] {
    return [...this.#slots.values()].flatMap(blockOf);
  }

  #start(index: number, start: Anthropic.ContentBlock): void {
    const slot: Slot = { start, text: '', signature: '', call: this.#calls };
    this.#slots.set(index, slot);
    if (start.type === 'text') this.#text(slot, 'text', start.text);
    if (start.type === 'thinking') this.#text(slot, 'reasoning', start.thinking);
    if (start.type !== 'tool_use') return;
    this.#calls += 1;
    this.onDelta({
      type: 'tool_call',
      index: slot.call,
      id: start.id,
      name: start.name,
      arguments: '',
    });
  }

  #extend(index: number, delta: Anthropic.RawContentBlockDelta): void {
    const slot = this.#slots.get(index);
    if (slot === undefined) return;
    switch (delta.type) {
      case 'text_delta':
        this.#text(slot, 'text', delta.text);
        break;
      case 'thinking_delta':
        this.#text(slot, 'reasoning', delta.thinking);
        break;
      case 'signature_delta':
        slot.signature += delta.signature;
        break;
      case 'input_json_delta':
        slot.text += delta.partial_json;
        if (slot.start.type !== 'tool_use' || delta.partial_json === '') return;
        this.onDelta({ type: 'tool_call', index: slot.call, arguments: delta.partial_json });
        break;
      default:
      // Citations are not kept.
    }
  }

  #text(slot: Slot, type: 'text' | 'reasoning', text: string | undefined): void {
    if (!text) return;
    slot.text += text;
    this.onDelta({ type, text });
  }
}

function blockOf({ start, text, signature }: Slot): AnswerBlock[] {
  switch (start.type) {
    case 'text':
      return [{ type: 'text', text }];
    case 'thinking':
      return [{ type: 'thinking', thinking: text, signature: signature || start.signature || '' }];
    case 'redacted_thinking':
      return [{ type: 'redacted_thinking', data: start.data }];
    case 'tool_use': {
      const { id, name, input } = start;
      const call =
        text === '' ? { arguments: toPlain(fromPlain(input ?? {})) } : parseArguments(text);
      return [{ type: 'tool_use', id, name, call }];
    }
    default:
      return [];
  }
}

function withoutNulls(usage: object | undefined): Partial<Anthropic.Usage> {
  const entries = Object.entries(usage ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}
