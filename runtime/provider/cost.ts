import type { ModelFacts } from './model-table.js';
import type { Usage } from './provider.js';

const MILLION = 1e6;

/** USD that a call costs at the known prices; `undefined` where a price is not known. */
export function costOf(usage: Usage, facts: ModelFacts): number | undefined {
  const { inputPrice, outputPrice, longPrompt } = facts;
  if (inputPrice === undefined || outputPrice === undefined) return undefined;
  const { inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0 } = usage;
  const isLong = longPrompt !== undefined && inputTokens > longPrompt.above;
  // The prices of cached input rise with that of input.
  const factor = isLong ? longPrompt.inputPrice / (inputPrice || 1) : 1;
  const plain = inputTokens - cachedTokens - cacheWriteTokens;
  const input =
    plain * inputPrice +
    cachedTokens * (facts.cachedInputPrice ?? inputPrice) +
    cacheWriteTokens * (facts.cacheWritePrice ?? inputPrice);
  const output = outputTokens * (isLong ? longPrompt.outputPrice : outputPrice);
  return (input * factor + output) / MILLION;
}
