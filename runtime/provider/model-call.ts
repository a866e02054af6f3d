/** One call of a model: what it asks, what became of it so far, and what each provider is told. */
import { SpellError } from '../base/errors.js';
import { type SecretHandle, secretOf } from '../base/secret.js';
import type { ModelFacts } from './model-table.js';
import type { Attempt, Delta, ModelRequest, ModelResponse } from './provider.js';
import type { NamedProvider, Target, TargetNames } from './registry.js';

/** What is asked, and of whom; plain data. */
export interface GenerateRequest extends Omit<ModelRequest, 'model'>, TargetNames {
  /** Takes the place of the provider's own fallbacks. */
  readonly fallback?: readonly string[] | undefined;
  /** Takes the place of the provider's key, for the first provider only. */
  readonly apiKey?: SecretHandle | undefined;
  /** Milliseconds without a sign of the server. */
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
}

export interface GenerateOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onDelta?: ((delta: Delta) => void) | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** GenerateResponse is an answer with what it took to get it. */
export interface GenerateResponse extends ModelResponse {
  /** The model as it was asked for. */
  readonly requested: string;
  /** USD; `null` when the prices are not known. */
  readonly cost: number | null;
  /** The attempts that failed before, in order. Those that reached a server may have been billed. */
  readonly failures: readonly FailedAttempt[];
}

export interface FailedAttempt {
  readonly provider: string;
  readonly model: string;
  readonly code: string;
  readonly message: string;
}

const DEFAULT_TIMEOUT_MS = 300_000;

/** ModelCall is one call on its way through attempts and providers. */
export class ModelCall {
  readonly signal: AbortSignal;
  readonly failures: FailedAttempt[] = [];
  hasDelivered = false;
  #firstProvider: string | undefined;

  constructor(
    readonly request: GenerateRequest,
    private readonly options: GenerateOptions,
  ) {
    this.signal = options.signal ?? new AbortController().signal;
  }

  failed({ code, message }: SpellError, { provider, model }: Target): void {
    this.failures.push({ provider: provider.name, model, code, message });
  }

  /** The request with the defaults of the provider and what the model wants besides. */
  requestTo(provider: NamedProvider, model: string, facts: ModelFacts): ModelRequest {
    const { messages, tools, toolChoice, stop, responseFormat, extra } = this.request;
    const { temperature = provider.temperature, maxTokens = provider.maxTokens } = this.request;
    const withTools = tools !== undefined && tools.length > 0 ? facts.withTools : undefined;
    return {
      model,
      messages,
      tools,
      toolChoice,
      stop,
      responseFormat,
      temperature,
      maxTokens,
      extra: withTools === undefined ? extra : { ...withTools, ...extra },
    };
  }

  attempt(provider: NamedProvider, traits: ModelFacts): Attempt {
    const { onDelta, idempotencyKey } = this.options;
    this.#firstProvider ??= provider.name;
    const apiKey =
      this.#firstProvider === provider.name ? secretOf(this.request.apiKey) : undefined;
    const deliver = (delta: Delta) => {
      this.hasDelivered = true;
      onDelta?.(delta);
    };
    return {
      signal: this.signal,
      onDelta: onDelta === undefined ? undefined : deliver,
      idempotencyKey,
      apiKey,
      timeoutMs: this.request.timeoutMs ?? provider.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      traits,
    };
  }
}

/** The failure of the provider that was meant, with what became of the others. */
export function withFallbacks(error: SpellError, failures: readonly FailedAttempt[]): SpellError {
  const others = failures
    .filter(({ provider }) => provider !== error.details.provider)
    .map(({ provider, model, code }) => `${provider}/${model} ${code}`);
  const tried = others.length === 0 ? '' : `; its fallbacks failed too: ${others.join(', ')}`;
  return new SpellError(error.code, error.message + tried, {
    hint: error.hint,
    details: error.details,
    cause: error.cause,
  });
}
