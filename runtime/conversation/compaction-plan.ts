/** What of a conversation is to be summarised, and in which pieces a model can read it. */
import { stringifyJson } from '../base/json.js';
import { fromPlain } from '../base/value.js';
import type { LanguageModels } from '../provider/language-models.js';
import type { Part } from '../provider/message.js';
import { tokensOfMessages, tokensOfText } from '../provider/token-estimate.js';
import type { MessageNode } from '../session/message-node.js';
import { type AskStores, whomToAsk } from './prepare-ask.js';

export interface CompactionWish {
  readonly conversation?: string | undefined;
  /** The newest messages that stay as they are. */
  readonly preserveRecent: number;
  /** Fewer stay where so many would not leave half of the model's window free. */
  readonly makesRoom: boolean;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

export interface CompactionPlan {
  readonly conversation: string;
  readonly upto: string;
  readonly messages: number;
  /** The text of what is summarised, in pieces that fit into the model's window. */
  readonly chunks: readonly string[];
}

/** Of the window, what is left for the instruction, the summary so far, and the answer. */
const SHARE = 0.5;
const DEFAULT_CHUNK = 50_000;
const LEAST_CHUNK = 200;

/** `undefined` when there is nothing to summarise. */
export async function planCompaction(
  models: LanguageModels,
  { conversations, details }: Pick<AskStores, 'conversations' | 'details'>,
  session: string,
  wish: CompactionWish,
): Promise<CompactionPlan | undefined> {
  const { reader } = conversations;
  const conversation = await reader.conversation(session, wish.conversation);
  if (conversation === undefined) return undefined;
  const path = await reader.path(session, conversation.head);
  const names = whomToAsk(models, wish, await details.settings(session));
  const window = models.table.find(models.resolve(names).model)?.contextWindow;
  const size = window === undefined ? DEFAULT_CHUNK : Math.floor(window * SHARE);
  const nodes = await reader.loadAll(path);
  let from = Math.max(0, path.length - wish.preserveRecent);
  while (wish.makesRoom && tokensOfMessages(nodes.slice(from)) > size) from += 1;
  // Results of tools stay with the calls that they answer.
  while (from > 0 && nodes[from]?.role === 'tool') from -= 1;
  const old = nodes.slice(0, from);
  const last = old.at(-1);
  const isSummary = old.length === 1 && last?.metadata.get('kind') === 'summary';
  if (last === undefined || isSummary) return undefined;
  return {
    conversation: conversation.id,
    upto: last.id,
    messages: old.length,
    chunks: chunksOf(old.map(textOfMessage), Math.max(size, LEAST_CHUNK)),
  };
}

function textOfMessage({ role, parts }: MessageNode): string {
  return `${role}: ${parts.map(textOfPart).join('\n')}`;
}

function textOfPart(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      return '[image]';
    case 'reasoning':
      return '';
    case 'tool_call':
      return `[calls ${part.name} with ${part.malformed ?? stringifyJson(fromPlain(part.arguments))}]`;
    case 'tool_result':
      return `[${part.name} ${part.isError ? 'fails' : 'answers'}: ${part.content.map(textOfPart).join('\n')}]`;
  }
}

function chunksOf(texts: readonly string[], size: number): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const text of texts.flatMap((long) => slices(long, size))) {
    if (chunk !== '' && tokensOfText(chunk) + tokensOfText(text) > size) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += chunk === '' ? text : `\n\n${text}`;
  }
  return chunk === '' ? chunks : [...chunks, chunk];
}

/** A text in pieces, since one message may be longer than the window. A token is at least one character. */
function slices(text: string, size: number): string[] {
  if (tokensOfText(text) <= size) return [text];
  const characters = [...text];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += size) {
    pieces.push(characters.slice(at, at + size).join(''));
  }
  return pieces;
}
