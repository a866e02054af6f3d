/**
 * An answer of a model as scripts see it: one table with everything that is known of it. What was said is in it once,
 * in parts, since it is recorded so; the prelude adds the shorter forms.
 */
import type { HostObject, HostValue } from '../base/value.js';
import type { Part } from '../provider/message.js';
import type { GenerateResponse } from '../provider/model-call.js';
import { partToData } from '../session/message-parts.js';
import type { ReadyAsk } from './prepare-ask.js';

export interface AnswerFacts extends Pick<ReadyAsk, 'dropped'> {
  /** What kind of provider answered, such as `openai`. */
  readonly providerType: string;
  readonly session: string | undefined;
  /** The answer as the data that was asked for, or why it is none. */
  readonly checked?: CheckedData | undefined;
}

export type CheckedData =
  | { readonly data: HostValue }
  | { readonly faults: readonly { readonly pointer: string; readonly message: string }[] };

export function answerView(response: GenerateResponse, facts: AnswerFacts): HostObject {
  const { message, usage, model, provider, cost, failures, warnings } = response;
  const { providerType, session, dropped, checked } = facts;
  return {
    success: true,
    parts: message.parts.map(partToData),
    model,
    provider,
    model_id: `${providerType}:${response.requested}`,
    finish_reason: response.finishReason,
    usage: usageView(response),
    cost: cost ?? undefined,
    id: response.id,
    metadata: {
      usage_estimated: usage.estimated,
      reasoning: reasoningOf(message.parts),
      warnings: warnings.length === 0 ? undefined : warnings,
      failures: failures.length === 0 ? undefined : failures.map((failure) => ({ ...failure })),
    },
    session_id: session,
    dropped: dropped === undefined ? undefined : { ...dropped },
    ...(checked === undefined ? {} : { ...checked }),
  };
}

function usageView({ usage, cost }: GenerateResponse): HostObject {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    cached_tokens: cachedTokens,
    cache_write_tokens: cacheWriteTokens,
    reasoning_tokens: reasoningTokens,
    cost_usd: cost ?? undefined,
  };
}

function reasoningOf(parts: readonly Part[]): string | undefined {
  const thoughts = parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []));
  return thoughts.length === 0 ? undefined : thoughts.join('\n');
}
