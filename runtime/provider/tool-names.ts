import { createHash } from 'node:crypto';
import type { Message, Part } from './message.js';
import type { Attempt, Delta, ModelRequest, ModelResponse } from './provider.js';

const FIT = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_LENGTH = 64;
const HASH_LENGTH = 8;

/**
 * ToolNames are the names of a request's tools as every provider accepts them: `files/read` is `files__read` there, and
 * `files/read` again in the answer. Conversations keep the names that tools have here.
 */
export class ToolNames {
  /** Names there by names here, for those that do not fit. */
  readonly #there = new Map<string, string>();
  readonly #here = new Map<string, string>();

  constructor({ tools = [], messages }: ModelRequest) {
    const used = messages.flatMap(({ parts }) => parts.flatMap((part) => nameOf(part) ?? []));
    const names = new Set([...tools.map(({ name }) => name), ...used]);
    const taken = new Set([...names].filter((name) => FIT.test(name)));
    for (const name of names) {
      if (FIT.test(name)) continue;
      const plain = name.replaceAll('/', '__').replace(/[^A-Za-z0-9_-]/g, '_');
      const fit = FIT.test(plain) && !taken.has(plain) ? plain : withHash(plain, name);
      taken.add(fit);
      this.#there.set(name, fit);
      this.#here.set(fit, name);
    }
  }

  sent(request: ModelRequest): ModelRequest {
    if (this.#there.size === 0) return request;
    const { tools, toolChoice, messages } = request;
    const isNamed = typeof toolChoice === 'object';
    return {
      ...request,
      tools: tools?.map((tool) => ({ ...tool, name: this.#nameThere(tool.name) })),
      toolChoice: isNamed ? { name: this.#nameThere(toolChoice.name) } : toolChoice,
      messages: messages.map((message) => withNames(message, (name) => this.#nameThere(name))),
    };
  }

  /** An attempt whose listener hears the names that tools have here. */
  received(attempt: Attempt): Attempt {
    const { onDelta } = attempt;
    if (this.#there.size === 0 || onDelta === undefined) return attempt;
    const listener = (delta: Delta) => {
      if (delta.type !== 'tool_call' || delta.name === undefined) return onDelta(delta);
      onDelta({ ...delta, name: this.#nameHere(delta.name) });
    };
    return { ...attempt, onDelta: listener };
  }

  response(response: ModelResponse): ModelResponse {
    if (this.#there.size === 0) return response;
    const message = withNames(response.message, (name) => this.#nameHere(name));
    return { ...response, message };
  }

  #nameThere(name: string): string {
    return this.#there.get(name) ?? name;
  }

  #nameHere(name: string): string {
    return this.#here.get(name) ?? name;
  }
}

function nameOf(part: Part): string | undefined {
  return part.type === 'tool_call' || part.type === 'tool_result' ? part.name : undefined;
}

function withNames(message: Message, rename: (name: string) => string): Message {
  if (message.parts.every((part) => nameOf(part) === undefined)) return message;
  const parts = message.parts.map((part) =>
    part.type === 'tool_call' || part.type === 'tool_result'
      ? { ...part, name: rename(part.name) }
      : part,
  );
  return { ...message, parts };
}

function withHash(plain: string, name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${plain.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}
