/** LlmApi is language models as programs that embed the runtime use them. */
import { resolve } from 'node:path';
import { type GenerateResponse, responseOf } from './generate-response.js';
import { LlmInterface } from './llm-interface.js';
import { type LlmOptions, type LlmRequest, requestFrom } from './llm-request.js';
import { OrchestrationApi } from './orchestration-api.js';
import { type Prompt, promptFrom } from './prompt.js';
import { promptsOf } from './prompt-loader.js';
import type { LanePlaces, ListedModel } from './provider/language-models.js';
import type { Message } from './provider/message.js';
import type { GenerateOptions } from './provider/model-call.js';
import type { KnownModel, ModelFacts } from './provider/model-table.js';
import type { Delta, Usage } from './provider/provider.js';
import type { TargetNames } from './provider/registry.js';
import type { Fitness, Requirements } from './provider/requirements.js';
import { ResponseStream } from './response-stream.js';

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

/** Calls that ask models may be refused with `POLICY_DENIED` by the runtime's `authorize`. */
export class LlmApi extends OrchestrationApi {
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

  /** Tells what a model can do. It fills in what is not known of it: what the configuration says holds. */
  async registerModel(name: string, facts: ModelFacts): Promise<void> {
    (await this.services.models()).table.complete(name, facts);
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
   * A provider and a model together; what is not named is that of the configuration.
   *
   * @throws SpellError `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`
   */
  async getInterface(names: TargetNames = {}): Promise<LlmInterface> {
    const { provider, model } = (await this.services.models()).resolve(names);
    return new LlmInterface(this, provider.name, model);
  }

  /** An interface of a provider. Throws what {@link getInterface} throws. */
  create(
    provider: string,
    { model }: { readonly model?: string | undefined } = {},
  ): Promise<LlmInterface> {
    return this.getInterface({ provider, model });
  }

  /** The places for calls: those of each provider that was asked, and those of the runtime under the name `null`. */
  async pool(): Promise<readonly LanePlaces[]> {
    return (await this.services.models()).places();
  }

  /**
   * Asks a model once: no session, no record. Failures that pass are tried again, then the fallbacks are asked.
   *
   * @throws SpellError `PROVIDER_*`, `MODEL_NOT_FOUND`, `MODEL_UNFIT`, `CONTEXT_OVERFLOW`, `ABORTED`
   */
  async generate(request: LlmRequest, options: LlmOptions = {}): Promise<GenerateResponse> {
    await this.services.access.require('llm.generate', 'execute');
    const { onToken, onDelta, ...rest } = options;
    const hear = (delta: Delta) => {
      onDelta?.(delta);
      if (delta.type === 'text') onToken?.(delta.text);
    };
    const isHeard = onToken !== undefined || onDelta !== undefined;
    const models = await this.services.models();
    const listening = isHeard ? { ...rest, onDelta: hear } : rest;
    const answer = await models.generate(requestFrom(request), listening);
    return responseOf(answer, models.registry.get(answer.provider).type);
  }

  /** Asks a model and gives its answer as it comes. Throws what {@link generate} throws, in the loop. */
  stream(
    request: LlmRequest,
    { signal, ...options }: Pick<GenerateOptions, 'signal' | 'idempotencyKey'> = {},
  ): ResponseStream {
    return new ResponseStream(async (tell) => {
      const left = new AbortController();
      const until = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
      const pieces: string[] = [];
      let isOver = false;
      let wake = () => {};
      const onToken = (token: string) => {
        pieces.push(token);
        wake();
      };
      const asked = this.generate(request, { ...options, signal: until, onToken }).finally(() => {
        isOver = true;
        wake();
      });
      // Whoever waits for it below gets its error.
      asked.catch(() => {});
      while (!isOver || pieces.length > 0) {
        const piece = pieces.shift();
        if (piece === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (!(await tell(piece))) {
          left.abort();
          return undefined;
        }
      }
      return asked;
    });
  }

  /**
   * The prompts of a folder, by their names: files of the endings `md`, `txt` and `prompt`, each with the text of a
   * prompt behind its front matter. What scripts may read does not matter here. A runtime with a `promptLoader` asks
   * that.
   *
   * @param folder Absolute, or relative to the runtime's `cwd`.
   * @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED`, `CONFIG` with file and line
   *
   * @example
   * ```ts
   * const prompts = await runtime.llm.loadPrompts('prompts');
   * await runtime.sessions.generate(session.id, prompts.plan, { variables: { city: 'Bern' } });
   * ```
   */
  async loadPrompts(folder: string): Promise<Readonly<Record<string, Prompt>>> {
    const { cwd, promptLoader } = this.services;
    if (promptLoader !== undefined) return promptsOf(promptLoader, folder);
    const { readPrompts } = await import('./conversation/prompt-file.js');
    const found = await readPrompts(resolve(cwd, folder), folder);
    return Object.fromEntries(found.map((prompt) => [prompt.name, promptFrom(prompt)]));
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
