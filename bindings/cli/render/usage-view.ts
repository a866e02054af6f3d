/** What a run used, as `--json` shows it. */
import type { HostValue } from '../../../runtime/base/value.js';

export function usageView(calls: number, possiblyBilledTwice: number): HostValue {
  return {
    calls,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: null,
    possibly_billed_twice: possiblyBilledTwice,
  };
}
