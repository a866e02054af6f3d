/** Models that scripts register: what they say fills in what is not known of a model otherwise. */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import { Float, isMap, keyText, type Value, type ValueMap } from '../base/value.js';
import type { ModelFacts, ModelTable } from '../provider/model-table.js';

const FIELDS = {
  provider: ['provider', 'string'],
  context_window: ['contextWindow', 'number'],
  max_output: ['maxOutput', 'number'],
  vision: ['vision', 'boolean'],
  tools: ['tools', 'boolean'],
  json: ['json', 'boolean'],
  reasoning: ['reasoning', 'boolean'],
  temperature: ['temperature', 'boolean'],
  input_price: ['inputPrice', 'number'],
  output_price: ['outputPrice', 'number'],
  cached_input_price: ['cachedInputPrice', 'number'],
} as const;

/**
 * Facts of a model as scripts write them.
 *
 * @throws SpellError `BAD_ARGUMENT`
 */
export function modelFacts(given: Value): ModelFacts {
  if (!isMap(given)) throw bad('a table of facts expected');
  const facts = [...given].map(([key, value]) => {
    const name = keyText(key);
    if (!Object.hasOwn(FIELDS, name)) {
      const known = Object.keys(FIELDS);
      throw bad(
        `unknown field '${name}'`,
        didYouMean(name, known) ?? `Fields: ${known.join(', ')}.`,
      );
    }
    const [field, type] = FIELDS[name as keyof typeof FIELDS];
    const plain = value instanceof Float ? value.value : value;
    if (typeof plain !== type) throw bad(`field '${name}': ${type} expected`);
    return [field, plain];
  });
  return Object.fromEntries(facts) as ModelFacts;
}

/** Takes in what a script has registered; the same facts again change nothing. */
export function registerModels(table: ModelTable, models: ValueMap | undefined): void {
  for (const [name, facts] of models ?? []) table.complete(keyText(name), modelFacts(facts));
}

function bad(problem: string, hint?: string): SpellError {
  return new SpellError('BAD_ARGUMENT', problem, { hint, key: 'models' });
}
