/** ProviderRegistry finds the provider and the model that a call means. */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import type { ModelTable } from './model-table.js';
import type { Provider } from './provider.js';

/** NamedProvider is a provider of the configuration; its code is loaded when it is first asked. */
export interface NamedProvider {
  readonly name: string;
  /** What it is: `openai`, `ollama`, `anthropic`, `scripted`. */
  readonly type: string;
  /** Whose models it serves, as the model table calls them; `undefined` for servers that may have any model. */
  readonly maker?: string | undefined;
  /** Where it is; `undefined` for one that needs no network. */
  readonly baseUrl?: string | undefined;
  /** The variable that its key is in. */
  readonly apiKeyEnv?: string | undefined;
  readonly defaultModel?: string | undefined;
  /** Milliseconds without a sign of the server. */
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly maxConcurrent?: number | undefined;
  /** Providers, `provider/model` or models to ask when this one fails. */
  readonly fallback?: readonly string[] | undefined;
  open(): Promise<Provider>;
}

/** What a call says about whom it asks; what is absent is decided here. */
export interface TargetNames {
  readonly provider?: string | undefined;
  /** The name of a model, or `provider/model`. */
  readonly model?: string | undefined;
}

export interface Target {
  readonly provider: NamedProvider;
  readonly model: string;
}

export class ProviderRegistry {
  readonly #providers: ReadonlyMap<string, NamedProvider>;

  constructor(
    providers: readonly NamedProvider[],
    private readonly defaultName: string | undefined,
    private readonly table: ModelTable,
  ) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
  }

  /** In the order of the configuration. */
  list(): readonly NamedProvider[] {
    return [...this.#providers.values()];
  }

  /** @throws SpellError `PROVIDER_NOT_FOUND` with the names that come near. */
  get(name: string): NamedProvider {
    const found = this.#providers.get(name);
    if (found !== undefined) return found;
    const all = [...this.#providers.keys()].map((known) => `"${known}"`).join(', ');
    const known = all === '' ? SET_UP : `Known: ${all}. Describe it under [providers.${name}].`;
    throw new SpellError('PROVIDER_NOT_FOUND', `there is no provider "${name}"`, {
      hint: didYouMean(name, this.#providers.keys()) ?? known,
      details: { provider: name },
    });
  }

  /** The provider of calls that name none: `default_provider`, else the first one of the configuration. */
  get default(): NamedProvider {
    if (this.defaultName !== undefined) return this.get(this.defaultName);
    const [first] = this.#providers.values();
    if (first !== undefined) return first;
    throw new SpellError('PROVIDER_NOT_FOUND', 'no provider of models is configured', {
      hint: SET_UP,
    });
  }

  /**
   * Who answers a call. A model alone is asked of the provider that is known to serve it, else of the default one,
   * since servers know their models better than any table.
   *
   * @throws SpellError `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`
   */
  resolve({ provider, model }: TargetNames): Target {
    if (provider !== undefined) return this.#target(this.get(provider), model);
    if (model === undefined) return this.#target(this.default, undefined);
    return this.#fromPath(model) ?? { provider: this.#serverOf(model), model };
  }

  /** Whom a name among fallbacks means: a provider, `provider/model`, or a model. */
  resolveFallback(name: string, model: string): Target {
    const provider = this.#providers.get(name);
    if (provider === undefined) return this.resolve({ model: name });
    return { provider, model: provider.defaultModel ?? model };
  }

  /** The models of the table that a configured provider is known to serve, each with that provider. */
  served(): readonly Target[] {
    return this.table.list().flatMap(({ name }) => {
      const provider = this.list().find((candidate) => this.#serves(candidate, name));
      return provider === undefined ? [] : [{ provider, model: name }];
    });
  }

  #target(provider: NamedProvider, model: string | undefined): Target {
    const named = model ?? provider.defaultModel;
    if (named !== undefined) return { provider, model: named };
    throw new SpellError('MODEL_NOT_FOUND', `the call names no model of "${provider.name}"`, {
      hint: `Name one, or write default_model under [providers.${provider.name}] in llmspell.toml.`,
      details: { provider: provider.name },
    });
  }

  /** `provider/model`, unless the whole is the name of a model. */
  #fromPath(model: string): Target | undefined {
    const slash = model.indexOf('/');
    const provider = this.#providers.get(model.slice(0, Math.max(0, slash)));
    if (provider === undefined || this.list().some(({ defaultModel }) => defaultModel === model)) {
      return undefined;
    }
    return { provider, model: model.slice(slash + 1) };
  }

  #serverOf(model: string): NamedProvider {
    const servers = this.list().filter((provider) => this.#serves(provider, model));
    const [first] = servers;
    if (first !== undefined) return servers.includes(this.default) ? this.default : first;
    const maker = this.table.find(model)?.provider;
    const { maker: own } = this.default;
    return maker === undefined || own === undefined ? this.default : this.get(maker);
  }

  #serves(provider: NamedProvider, model: string): boolean {
    if (provider.defaultModel === model) return true;
    const maker = this.table.find(model)?.provider;
    return maker !== undefined && (maker === provider.name || maker === provider.maker);
  }
}

const SET_UP =
  'Set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_HOST, or describe one under [providers.<name>] in llmspell.toml.';
