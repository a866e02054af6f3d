/** LlmApi is language models as programs that embed the runtime use them. */
import type { ListedModel } from './provider/language-models.js';
import type { Message } from './provider/message.js';
import type { GenerateOptions, GenerateRequest, GenerateResponse } from './provider/model-call.js';
import type { KnownModel } from './provider/model-table.js';
import type { Usage } from './provider/provider.js';
import type { TargetNames } from './provider/registry.js';
import type { Fitness, Requirements } from './provider/requirements.js';
import type { Services } from './services.js';

/** ProviderView is a provider of the configuration. */
export interface ProviderView {
  readonly name: string;
  readonly type: string;
  readonly baseUrl: string | null;
  readonly defaultModel: string | null;
  /** The variable that its key is in. */
  readonly apiKeyEnv: string | null;
  /** False when that variable is not set. */
  readonly hasKey: boolean;
  readonly isDefault: boolean;
  readonly fallback: readonly string[];
}

/** ModelChoice names a model with the provider that serves it. */
export interface ModelChoice {
  readonly provider: string;
  readonly model: string;
}

export class LlmApi {
  constructor(private readonly services: Services) {}

  /** The providers of the configuration, in its order. */
  async providers(): Promise<readonly ProviderView[]> {
    const { registry } = await this.services.models();
    const all = registry.list();
    const first = all.length === 0 ? undefined : registry.default;
    return all.map((provider) => ({
      name: provider.name,
      type: provider.type,
      baseUrl: provider.baseUrl ?? null,
      defaultModel: provider.defaultModel ?? null,
      apiKeyEnv: provider.apiKeyEnv ?? null,
      hasKey: provider.apiKeyEnv === undefined || this.services.secrets.isSet(provider.apiKeyEnv),
      isDefault: provider === first,
      fallback: provider.fallback ?? [],
    }));
  }

  /** All models that something is known of, those that a configured provider serves first. */
  async models(): Promise<readonly ListedModel[]> {
    return (await this.services.models()).list();
  }

  /** What is known of a model, by default of the one that calls ask which name none. */
  async capabilities(model?: string): Promise<KnownModel | undefined> {
    return (await this.services.models()).capabilities(model);
  }

  /**
   * Whether a model meets requirements: booleans ask for an ability, numbers for at least so much.
   *
   * @example
   * ```ts
   * await runtime.llm.validateForTask({ vision: true, max_context_tokens: 32_000 });
   * // { ok: false, reasons: ['it has no vision'] }
   * ```
   */
  async validateForTask(requirements: Requirements, names: TargetNames = {}): Promise<Fitness> {
    return (await this.services.models()).validateForTask(requirements, names);
  }

  /** The cheapest model of the configured providers that meets requirements. */
  async select(requirements: Requirements): Promise<ModelChoice | undefined> {
    const found = (await this.services.models()).select(requirements);
    return found && { provider: found.provider.name, model: found.model };
  }

  /**
   * Asks a model once: no session, no record. Failures that pass are tried again, then the fallbacks are asked.
   *
   * @throws SpellError `PROVIDER_*`, `MODEL_NOT_FOUND`, `MODEL_UNFIT`, `CONTEXT_OVERFLOW`, `ABORTED`
   */
  async generate(
    request: GenerateRequest,
    options: GenerateOptions = {},
  ): Promise<GenerateResponse> {
    return (await this.services.models()).generate(request, options);
  }

  /** USD; `undefined` when the prices of the model are not known. */
  async costOf(usage: Usage, model: string): Promise<number | undefined> {
    return (await this.services.models()).costOf(usage, model);
  }

  /** Roughly how many tokens a text or messages are, rather too many than too few. */
  async estimateTokens(text: string | readonly Message[]): Promise<number> {
    const { tokensOfMessages, tokensOfText } = await import('./provider/token-estimate.js');
    return typeof text === 'string' ? tokensOfText(text) : tokensOfMessages(text);
  }
}
