/** What the models of a run took: the sum of its answered calls, part of what a run remembers. */
export interface UsageTotals {
  /** Answers of models. */
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `null` as long as the price of no call is known. */
  readonly costUsd: number | null;
}

export const NO_USAGE: UsageTotals = {
  modelCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: null,
};

/** What one call took. */
export interface CallUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `null` when the price is not known. */
  readonly costUsd: number | null;
}

export function addUsage(totals: UsageTotals, call: CallUsage): UsageTotals {
  const { costUsd } = totals;
  return {
    modelCalls: totals.modelCalls + 1,
    inputTokens: totals.inputTokens + call.inputTokens,
    outputTokens: totals.outputTokens + call.outputTokens,
    costUsd: call.costUsd === null ? costUsd : (costUsd ?? 0) + call.costUsd,
  };
}
