/** What a run used, as `--json` shows it. */
import type { HostValue } from '../../../runtime/base/value.js';
import type { RunUsage } from '../../../runtime/run/run-outcome.js';

export function usageView(usage: RunUsage, possiblyBilledTwice: number): HostValue {
  return {
    calls: usage.calls,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: usage.costUsd,
    possibly_billed_twice: possiblyBilledTwice,
  };
}
