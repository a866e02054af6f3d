/**
 * Budget is what one run may still take: calls are refused before they are made when they could exceed it. What calls
 * that are under way may take is set aside, so that several at once can't exceed it either.
 */
import { SpellError } from '../base/errors.js';
import { addUsage, type CallUsage, NO_USAGE, type UsageTotals } from '../host/usage.js';
import type { ModelFacts } from '../provider/model-table.js';

export interface BudgetLimits {
  readonly maxTokensTotal: number | undefined;
  /** USD. */
  readonly maxCostUsd: number | undefined;
}

/** PlannedCall is what a call may take at most, by every provider that may be asked. */
export interface PlannedCall {
  readonly inputTokens: number;
  /** Tokens of the answer that the call asks for; `undefined` when it sets no limit. */
  readonly maxTokens: number | undefined;
  readonly targets: readonly { readonly model: string; readonly facts: ModelFacts }[];
}

export interface Admission {
  /** The limit of the answer that the budget leaves, for a call that sets none. */
  readonly maxTokens: number | undefined;
  /** To be called when the call has ended, whatever way. */
  release(): void;
}

/** Answers of calls that set no limit are taken to be at most so long. */
const USUAL_ANSWER = 16_384;
const MILLION = 1e6;

export class Budget {
  #tokens = 0;
  #cost = 0;
  #spent: UsageTotals = NO_USAGE;

  /** @param before What others took that share the budget. */
  constructor(
    private readonly limits: BudgetLimits,
    private readonly before: UsageTotals,
  ) {}

  /** Takes note of what an answer took, which a call that was made meanwhile does not know yet. */
  spend(usage: CallUsage): void {
    this.#spent = addUsage(this.#spent, usage);
  }

  /**
   * @param known What the run took when the call was made.
   * @throws SpellError `LIMIT_BUDGET`
   */
  admit(call: PlannedCall, known: UsageTotals): Admission {
    if (known.modelCalls > this.#spent.modelCalls) this.#spent = known;
    const used = addUsage(this.before, this.#spent);
    const { maxTokensTotal, maxCostUsd } = this.limits;
    if (maxTokensTotal === undefined && maxCostUsd === undefined) return FREE;
    const usual = Math.min(
      ...call.targets.map(({ facts }) => facts.maxOutput ?? USUAL_ANSWER),
      USUAL_ANSWER,
    );
    const room = Math.min(this.#roomByTokens(call, used), this.#roomByCost(call, used));
    if (room < (call.maxTokens ?? 1)) throw this.#refusal(call, used);
    const answer = call.maxTokens ?? Math.min(usual, room);
    return this.#reserve(call, answer, call.maxTokens ?? (room < usual ? room : undefined));
  }

  #reserve(call: PlannedCall, answer: number, maxTokens: number | undefined): Admission {
    const tokens = call.inputTokens + answer;
    const cost = this.limits.maxCostUsd === undefined ? 0 : costOf(call, answer);
    this.#tokens += tokens;
    this.#cost += cost;
    let isReleased = false;
    return {
      maxTokens,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#tokens -= tokens;
        this.#cost -= cost;
      },
    };
  }

  /** Tokens that the answer may have. */
  #roomByTokens({ inputTokens }: PlannedCall, used: UsageTotals): number {
    const { maxTokensTotal = Number.POSITIVE_INFINITY } = this.limits;
    return maxTokensTotal - used.inputTokens - used.outputTokens - this.#tokens - inputTokens;
  }

  #roomByCost(call: PlannedCall, used: UsageTotals): number {
    const { maxCostUsd } = this.limits;
    if (maxCostUsd === undefined) return Number.POSITIVE_INFINITY;
    const left = maxCostUsd - (used.costUsd ?? 0) - this.#cost - costOf(call, 0);
    if (left < 0) return -1;
    const price = Math.max(...call.targets.map(({ facts }) => outputPrice(facts)));
    return price === 0 ? Number.POSITIVE_INFINITY : Math.floor((left * MILLION) / price);
  }

  #refusal(call: PlannedCall, used: UsageTotals): SpellError {
    const { maxTokensTotal, maxCostUsd } = this.limits;
    const answer = call.maxTokens ?? 1;
    const byTokens = this.#roomByTokens(call, used) < answer;
    const taken = byTokens
      ? `${used.inputTokens + used.outputTokens} of ${maxTokensTotal} tokens are used`
      : `${(used.costUsd ?? 0).toFixed(4)} of ${maxCostUsd} USD are spent`;
    const wanted = byTokens
      ? `about ${call.inputTokens} of input and ${answer} of output`
      : `up to ${costOf(call, answer).toFixed(4)} USD`;
    const key = byTokens ? 'max_tokens_total' : 'max_cost_usd';
    const flag = byTokens ? '--max-tokens-total' : '--max-cost';
    return new SpellError(
      'LIMIT_BUDGET',
      `the call could exceed the budget: ${taken}, it may take ${wanted}`,
      {
        hint: `Raise ${key} under [runtime.llm], or ${flag}; a smaller max_tokens takes less.`,
        key: `runtime.llm.${key}`,
        details: {
          used_tokens: used.inputTokens + used.outputTokens,
          used_usd: used.costUsd ?? 0,
          input_tokens: call.inputTokens,
          max_tokens: answer,
        },
      },
    );
  }
}

const FREE: Admission = { maxTokens: undefined, release: () => {} };

/** USD that the call takes at the highest prices among the models that may be asked. */
function costOf({ inputTokens, targets }: PlannedCall, answer: number): number {
  const costs = targets.map(({ model, facts }) => {
    if (facts.inputPrice === undefined || facts.outputPrice === undefined)
      throw unknownPrice(model);
    return inputTokens * inputPrice(facts) + answer * outputPrice(facts);
  });
  return Math.max(...costs) / MILLION;
}

/** Prices of long prompts are taken where there are any: rather too much than too little. */
function inputPrice({
  inputPrice: price = 0,
  longPrompt,
  cacheWritePrice = 0,
}: ModelFacts): number {
  return Math.max(price, longPrompt?.inputPrice ?? 0, cacheWritePrice);
}

function outputPrice({ outputPrice: price = 0, longPrompt }: ModelFacts): number {
  return Math.max(price, longPrompt?.outputPrice ?? 0);
}

function unknownPrice(model: string): SpellError {
  return new SpellError(
    'LIMIT_BUDGET',
    `the prices of the model "${model}" are not known, so that no limit of cost can be kept`,
    {
      hint: `Write input_price and output_price under [models."${model}"] in llmspell.toml; 0 for a free one.`,
      key: 'runtime.llm.max_cost_usd',
      details: { model },
    },
  );
}
