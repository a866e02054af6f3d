/** ModelRegistry is what a program knows of models, for as many runtimes as it likes. */
import type { KnownModel, ModelFacts } from './model-table.js';

/**
 * What a program knows of models: it takes the place of what this package knows of them, and the configuration's own
 * `[models.<name>]` has the last word.
 *
 * @example
 * ```ts
 * const registry = new ModelRegistry().registerModel('house-model', { contextWindow: 32_000, tools: true });
 * const runtime = await Runtime.open({ registry });
 * ```
 */
export class ModelRegistry implements Iterable<KnownModel> {
  readonly #models = new Map<string, KnownModel>();

  /** @param models Facts by the names of models. */
  constructor(models: Readonly<Record<string, ModelFacts>> = {}) {
    for (const [name, facts] of Object.entries(models)) this.registerModel(name, facts);
  }

  /** Tells what a model can do; of what was told before, the rest stays. Runtimes that are open do not change. */
  registerModel(name: string, facts: ModelFacts): this {
    this.#models.set(name, { ...this.#models.get(name), ...facts, name });
    return this;
  }

  get(name: string): KnownModel | undefined {
    return this.#models.get(name);
  }

  [Symbol.iterator](): Iterator<KnownModel> {
    return this.#models.values();
  }
}
