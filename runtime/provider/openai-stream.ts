/** Puts an answer together from the chunks of a stream, and tells of the pieces as they come. */
import type { OpenAI } from 'openai';
import { THOUGHT_FIELDS, type ThoughtField } from './message.js';
import type { ChatAnswer } from './openai-messages.js';
import type { Delta } from './provider.js';

type Chunk = OpenAI.ChatCompletionChunk;
type CallDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall;

interface Slot {
  id: string;
  name: string;
  arguments: string;
}

export class ChatStream {
  id = '';
  model = '';
  finishReason: string | null = null;
  usage: OpenAI.CompletionUsage | undefined;
  #content = '';
  #refusal = '';
  #reasoning = '';
  #thoughtField: ThoughtField | undefined;
  readonly #calls: Slot[] = [];
  /** Places among the calls by the index that the server gives. */
  readonly #places = new Map<number, number>();

  constructor(private readonly onDelta: (delta: Delta) => void) {}

  add(chunk: Chunk): void {
    this.id ||= chunk.id ?? '';
    this.model ||= chunk.model ?? '';
    this.usage = chunk.usage ?? this.usage;
    const choice = chunk.choices?.[0];
    if (choice === undefined) return;
    this.finishReason = choice.finish_reason ?? this.finishReason;
    const delta = (choice.delta ?? {}) as OpenAI.ChatCompletionChunk.Choice.Delta &
      Partial<ChatAnswer>;
    const field = THOUGHT_FIELDS.find((name) => typeof delta[name] === 'string');
    if (field !== undefined) this.#think(field, delta[field] as string);
    if (delta.content) this.#tell('text', delta.content);
    if (delta.refusal) this.#refuse(delta.refusal);
    for (const call of delta.tool_calls ?? []) this.#addCall(call);
  }

  get answer(): ChatAnswer {
    return {
      content: this.#content,
      refusal: this.#refusal,
      ...(this.#thoughtField === undefined ? {} : { [this.#thoughtField]: this.#reasoning }),
      tool_calls: this.#calls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function',
        function: { name, arguments: text },
      })),
    };
  }

  #tell(type: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    if (type === 'text') this.#content += text;
    else this.#reasoning += text;
    this.onDelta({ type, text });
  }

  #think(field: ThoughtField, text: string): void {
    this.#thoughtField ??= field;
    this.#tell('reasoning', text);
  }

  #refuse(text: string): void {
    this.#refusal += text;
    this.onDelta({ type: 'text', text });
  }

  #addCall(delta: CallDelta): void {
    const index = this.#placeOf(delta);
    const slot = this.#calls[index] as Slot;
    const { name = '', arguments: text = '' } = delta.function ?? {};
    const isNew = slot.name === '' && name !== '';
    slot.id ||= delta.id ?? '';
    slot.name ||= name;
    slot.arguments += text;
    this.onDelta({
      type: 'tool_call',
      index,
      ...(isNew ? { id: slot.id, name: slot.name } : {}),
      arguments: text,
    });
  }

  /** Some servers give all calls the same index: another id means another call. */
  #placeOf({ index = 0, id }: CallDelta): number {
    const place = this.#places.get(index);
    const isOther = id && place !== undefined && this.#calls[place]?.id !== id;
    if (place !== undefined && !isOther) return place;
    this.#calls.push({ id: id ?? '', name: '', arguments: '' });
    this.#places.set(index, this.#calls.length - 1);
    return this.#calls.length - 1;
  }
}
