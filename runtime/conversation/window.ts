/** What of a conversation goes to a model whose window is smaller than it. */
import { SpellError } from '../base/errors.js';
import type { Message } from '../provider/message.js';
import type { ModelFacts } from '../provider/model-table.js';
import type { ToolSpec } from '../provider/provider.js';
import { tokensOfMessage, tokensOfRequest } from '../provider/token-estimate.js';

export interface WindowPlan {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  readonly maxTokens: number | undefined;
  readonly facts: ModelFacts;
}

/** Counts are guesses that lean to the high side. */
export interface Overflow {
  readonly tokens: number;
  /** Tokens of the answer that are kept free. */
  readonly maxTokens: number;
  readonly window: number;
}

/** How far a request is beyond the window; `undefined` when it fits, or the window is not known. */
export function overflowOf(plan: WindowPlan): Overflow | undefined {
  const { facts, maxTokens = 1 } = plan;
  if (facts.contextWindow === undefined) return undefined;
  const tokens = tokensOfRequest(plan);
  const window = facts.contextWindow;
  return tokens + maxTokens > window ? { tokens, maxTokens, window } : undefined;
}

export interface Truncated {
  readonly messages: readonly Message[];
  /** What was left out. */
  readonly dropped: { readonly messages: number; readonly tokens: number };
}

/**
 * Leaves out the oldest turns until the rest fits. System prompts stay, and so does everything from the user's last
 * message on; calls of tools and their results go together.
 *
 * @throws SpellError `CONTEXT_OVERFLOW` when what has to stay is too long.
 */
export function truncate(plan: WindowPlan, overflow: Overflow): Truncated {
  const { messages } = plan;
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const isDropped = new Set<Message>();
  let surplus = overflow.tokens + overflow.maxTokens - overflow.window;
  let tokens = 0;
  for (const turn of turnsOf(messages.slice(0, Math.max(0, last)))) {
    if (surplus <= 0) break;
    for (const message of turn) {
      isDropped.add(message);
      const count = tokensOfMessage(message);
      surplus -= count;
      tokens += count;
    }
  }
  if (surplus > 0) throw contextOverflow(plan.model, overflow, 'What has to stay is too long.');
  return {
    messages: messages.filter((message) => !isDropped.has(message)),
    dropped: { messages: isDropped.size, tokens },
  };
}

/** Messages that go together: an assistant's with the results of the tools that it called. */
export function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const turn = turns.at(-1);
    if (message.role === 'tool' && turn !== undefined) turn.push(message);
    else turns.push([message]);
  }
  return turns;
}

export function contextOverflow(model: string, overflow: Overflow, more = ''): SpellError {
  const { tokens, maxTokens, window } = overflow;
  const message =
    `about ${tokens} tokens and an answer of ${maxTokens} don't fit into the ${window} of "${model}"` +
    (more === '' ? '' : `. ${more}`);
  return new SpellError('CONTEXT_OVERFLOW', message, {
    hint: 'Set on_overflow = "truncate" or "compact", ask for less, or choose a model with a larger window.',
    key: 'runtime.llm.on_overflow',
    details: { model, tokens, max_tokens: maxTokens, context_window: window },
  });
}
