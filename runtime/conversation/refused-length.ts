/** What becomes of a conversation that a server finds too long, although it seemed to fit. */
import { SpellError } from '../base/errors.js';
import { tokensOfRequest } from '../provider/token-estimate.js';
import type { ReadyAsk } from './prepare-ask.js';
import { type Overflow, truncate } from './window.js';

/** What is left of a conversation whose server does not say how much is too much. */
const SHARE = 0.5;
/** Our counts are guesses. */
const MARGIN = 0.9;
/** `8192 tokens`, `200,000 maximum` */
const COUNT = /(\d[\d,]*) (?:tokens|maximum)/g;

/**
 * How far a request was beyond the window, in our way of counting: servers tell their counts in their messages. It is
 * `undefined` for any other error.
 */
export function refusedLength(
  thrown: unknown,
  { request, inputTokens }: ReadyAsk,
): Overflow | undefined {
  if (!(thrown instanceof SpellError) || thrown.code !== 'CONTEXT_OVERFLOW') return undefined;
  const counts = [...thrown.message.matchAll(COUNT)].map(([, count = '']) =>
    Number(count.replaceAll(',', '')),
  );
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const isTold = counts.length > 1 && least > 0 && least < most;
  const share = isTold ? (least / most) * MARGIN : SHARE;
  const window = Math.floor(inputTokens * share);
  return { tokens: inputTokens, maxTokens: request.maxTokens ?? 1, window };
}

/** The request without its oldest turns. @throws SpellError `CONTEXT_OVERFLOW` when what has to stay is too long. */
export function shortened(ready: ReadyAsk, overflow: Overflow): ReadyAsk {
  const { request, targets } = ready;
  const model = targets[0]?.model ?? '';
  const { messages, tools = [], maxTokens } = request;
  const plan = { model, messages, tools, maxTokens, facts: {} };
  // The answer has its place in the window of the server, not in what is cut here.
  const { messages: kept, dropped } = truncate(plan, { ...overflow, maxTokens: 0 });
  const shorter = { ...request, messages: kept };
  const before = ready.dropped ?? { messages: 0, tokens: 0 };
  return {
    ...ready,
    request: shorter,
    inputTokens: tokensOfRequest({ ...shorter, model }),
    dropped: {
      messages: before.messages + dropped.messages,
      tokens: before.tokens + dropped.tokens,
    },
  };
}
