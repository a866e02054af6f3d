/** Requirements are what a task needs of a model, and whether a model has it. */
import { didYouMean } from '../base/nearest-name.js';
import type { ModelFacts } from './model-table.js';

/**
 * Requirements by name. A boolean asks for an ability (`false` asks for nothing), a number for at least so much; of
 * prices, for at most so much.
 *
 * | name | needs |
 * | --- | --- |
 * | `vision`, `tools`, `json`, `reasoning` | the ability, also as `supports_vision` |
 * | `context_window`, `max_context_tokens`, `max_context_window` | tokens of prompt and answer |
 * | `max_output`, `max_output_tokens` | tokens of the answer |
 * | `input_price`, `output_price` | USD per million tokens |
 */
export type Requirements = Readonly<Record<string, boolean | number>>;

export interface Fitness {
  readonly ok: boolean;
  /** What is missing, a sentence each. */
  readonly reasons: readonly string[];
}

type Ability = 'vision' | 'tools' | 'json' | 'reasoning';
type Amount = 'contextWindow' | 'maxOutput' | 'inputPrice' | 'outputPrice';

const ABILITIES: Readonly<Record<string, Ability>> = {
  vision: 'vision',
  tools: 'tools',
  json: 'json',
  reasoning: 'reasoning',
};

const AMOUNTS: Readonly<Record<string, Amount>> = {
  context_window: 'contextWindow',
  max_context_tokens: 'contextWindow',
  max_context_window: 'contextWindow',
  max_output: 'maxOutput',
  max_output_tokens: 'maxOutput',
  input_price: 'inputPrice',
  output_price: 'outputPrice',
};

export function requirementNames(): string[] {
  return [...Object.keys(ABILITIES), ...Object.keys(AMOUNTS)];
}

/** Whether a model with these facts meets the requirements. What is not known of it is not met. */
export function checkRequirements(requirements: Requirements, facts: ModelFacts): Fitness {
  const reasons = Object.entries(requirements).flatMap(([name, wanted]) => {
    const reason = shortcoming(name, wanted, facts);
    return reason === undefined ? [] : [reason];
  });
  return { ok: reasons.length === 0, reasons };
}

function shortcoming(
  name: string,
  wanted: boolean | number,
  facts: ModelFacts,
): string | undefined {
  const bare = name.replace(/^supports_/, '');
  if (Object.hasOwn(ABILITIES, bare)) return abilityFault(bare, wanted, facts);
  if (Object.hasOwn(AMOUNTS, name)) return amountFault(name, wanted, facts);
  const near = didYouMean(name, requirementNames());
  return `${name} is nothing that is known of models${near === undefined ? '' : `. ${near}`}`;
}

function abilityFault(
  name: string,
  wanted: boolean | number,
  facts: ModelFacts,
): string | undefined {
  if (typeof wanted !== 'boolean') return `${name} is true or false, not ${wanted}`;
  const has = facts[ABILITIES[name] as Ability];
  if (!wanted || has === true) return undefined;
  return has === undefined ? `whether it has ${name} is not known` : `it has no ${name}`;
}

function amountFault(
  name: string,
  wanted: boolean | number,
  facts: ModelFacts,
): string | undefined {
  if (typeof wanted !== 'number' || Number.isNaN(wanted)) return `${name} is a number`;
  const field = AMOUNTS[name] as Amount;
  const has = facts[field];
  if (has === undefined) return `its ${name} is not known`;
  const isPrice = field === 'inputPrice' || field === 'outputPrice';
  if (isPrice ? has <= wanted : has >= wanted) return undefined;
  return `its ${name} is ${has}, ${isPrice ? 'at most' : 'at least'} ${wanted} is needed`;
}
