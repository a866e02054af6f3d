/**
 * How many tokens a text is, roughly. Every model counts differently and no tokenizer is at hand, so the guess leans to
 * the high side: a token for four ASCII characters, for two other letters, for one Chinese, Japanese or Korean
 * character or emoji.
 */
import { stringifyJson } from '../base/json.js';
import { fromPlain } from '../base/value.js';
import type { Message, Part } from './message.js';
import type { ModelRequest } from './provider.js';

export function tokensOfText(text: string): number {
  let quarters = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    quarters += code < 0x80 ? 1 : code < 0x2e80 ? 2 : 4;
  }
  return Math.ceil(quarters / 4);
}

/** What surrounds each message on the wire. */
const PER_MESSAGE = 4;

/** Images are billed by their size, which is not looked at; this is a large one. */
const PER_IMAGE = 1600;

export function tokensOfMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + tokensOfMessage(message), 0);
}

export function tokensOfMessage({ parts }: Message): number {
  return parts.reduce((sum, part) => sum + tokensOfPart(part), PER_MESSAGE);
}

/** The whole prompt: messages and the descriptions of tools. */
export function tokensOfRequest({ messages, tools = [] }: ModelRequest): number {
  const described = tools.map((tool) => tokensOfText(JSON.stringify(tool)));
  return described.reduce((sum, tokens) => sum + tokens, tokensOfMessages(messages));
}

function tokensOfPart(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return tokensOfText(part.text);
    case 'image':
      return PER_IMAGE;
    case 'tool_call':
      return tokensOfText(part.name + (part.malformed ?? stringifyJson(fromPlain(part.arguments))));
    case 'tool_result':
      return part.content.reduce((sum, inner) => sum + tokensOfPart(inner), PER_MESSAGE);
  }
}
