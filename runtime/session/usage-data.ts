/** What a model's answer took, as data: the form in which scripts and files have it. */
import type { HostObject } from '../base/value.js';
import type { NodeUsage } from './message-node.js';

/** UsageFields is where the numbers of a usage are read from. */
export interface UsageFields {
  number(name: string): number | undefined;
  raw(name: string): unknown;
}

const NAMES = {
  cachedTokens: 'cached_tokens',
  cacheWriteTokens: 'cache_write_tokens',
  reasoningTokens: 'reasoning_tokens',
} as const;

export function usageToData(usage: NodeUsage): HostObject {
  const { inputTokens, outputTokens, costUsd, estimated } = usage;
  const more = Object.entries(NAMES).map(([key, name]) => [name, usage[key as keyof typeof NAMES]]);
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...Object.fromEntries(more),
    cost_usd: costUsd ?? undefined,
    estimated,
  };
}

/** Numbers that are missing are 0, or unknown. */
export function usageFromData(fields: UsageFields): NodeUsage {
  // It is the sum of two others.
  fields.number('total_tokens');
  const more = Object.entries(NAMES).flatMap(([key, name]) => {
    const value = fields.number(name);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    inputTokens: fields.number('input_tokens') ?? 0,
    outputTokens: fields.number('output_tokens') ?? 0,
    ...Object.fromEntries(more),
    ...(fields.raw('estimated') === true ? { estimated: true } : {}),
    costUsd: fields.number('cost_usd') ?? null,
  };
}
