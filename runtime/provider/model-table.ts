/** ModelTable is what is known of models by their names: from the file of this package, and from the configuration. */
import { readFile } from 'node:fs/promises';
import { nearestNames } from '../base/nearest-name.js';
import { packageFile } from '../base/package-file.js';
import type { PlainValue } from '../base/value.js';
import type { ModelTraits } from './provider.js';

/** ModelFacts is what is known of one model; what is absent is not known. Prices are USD per million tokens. */
export interface ModelFacts extends ModelTraits {
  /** The provider that serves it: a name of the configuration, or a provider type. */
  readonly provider?: string | undefined;
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number | undefined;
  /** The model reads images. */
  readonly vision?: boolean | undefined;
  /** The model calls tools. */
  readonly tools?: boolean | undefined;
  /** The model can be held to a JSON Schema. */
  readonly json?: boolean | undefined;
  /** The model thinks before it answers. */
  readonly reasoning?: boolean | undefined;
  readonly inputPrice?: number | undefined;
  readonly outputPrice?: number | undefined;
  /** Of input that the provider still had. */
  readonly cachedInputPrice?: number | undefined;
  /** Of input that the provider is to keep. */
  readonly cacheWritePrice?: number | undefined;
  /** What a call costs in all when its prompt is longer. */
  readonly longPrompt?: LongPrompt | undefined;
  /** Where the figures are from. */
  readonly source?: string | undefined;
  /** The day on which they were read there, `2026-11-21`. */
  readonly checked?: string | undefined;
}

export interface LongPrompt {
  /** Tokens. */
  readonly above: number;
  readonly inputPrice: number;
  readonly outputPrice: number;
}

export interface KnownModel extends ModelFacts {
  readonly name: string;
}

export class ModelTable {
  readonly #models = new Map<string, KnownModel>();

  /**
   * @param own Facts of the configuration, laid over all others.
   * @param registered Facts of the program, laid over those of the package.
   */
  constructor(
    shipped: readonly KnownModel[],
    own: Readonly<Record<string, ModelFacts>> = {},
    registered: Iterable<KnownModel> = [],
  ) {
    for (const model of shipped) this.#models.set(model.name, model);
    const facts = [
      ...registered,
      ...Object.entries(own).map(([name, known]) => ({ ...known, name })),
    ];
    for (const known of facts) {
      this.#models.set(known.name, { ...this.find(known.name), ...known });
    }
  }

  /**
   * What is known of a model: under its name, without the date of its version (`gpt-4.1-2025-04-14`), or without the
   * maker that routers put in front (`openai/gpt-4.1`).
   */
  find(name: string): KnownModel | undefined {
    for (const candidate of spellings(name)) {
      const found = this.#models.get(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Fills in what is not known of a model. */
  complete(name: string, facts: ModelFacts): void {
    this.#models.set(name, { ...facts, ...this.find(name), name });
  }

  /** All models, those of the configuration behind those of the package. */
  list(): readonly KnownModel[] {
    return [...this.#models.values()];
  }

  near(name: string): string[] {
    return nearestNames(name, this.#models.keys());
  }
}

function spellings(name: string): string[] {
  const bare = name.slice(name.lastIndexOf('/') + 1);
  return [name, undated(name), bare, undated(bare)];
}

function undated(name: string): string {
  return name.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '');
}

/** The models that this package knows. */
export async function shippedModels(): Promise<readonly KnownModel[]> {
  const text = await readFile(packageFile('runtime/provider/models.json'), 'utf8');
  const { models } = JSON.parse(text) as { models: Record<string, PlainValue>[] };
  return models.map((model) => camelKeys(model) as unknown as KnownModel);
}

/** Keys of requests in `with_tools` stay as they are. */
function camelKeys(model: Record<string, PlainValue>): Record<string, PlainValue> {
  const entries = Object.entries(model).map(([key, value]) => {
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const isPrices = key === 'long_prompt';
    return [camel, isPrices ? camelKeys(value as Record<string, PlainValue>) : value];
  });
  return Object.fromEntries(entries);
}
