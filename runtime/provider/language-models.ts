/**
 * LanguageModels is all models of one runtime: which there are, what they can do, and how they are asked, with other
 * attempts, other providers and limits around each call.
 */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import type { Random } from '../base/random.js';
import { costOf } from './cost.js';
import { aborted } from './failure.js';
import { checkFit, checkRequest } from './fit.js';
import { Lane } from './lane.js';
import {
  type GenerateOptions,
  type GenerateRequest,
  type GenerateResponse,
  ModelCall,
  withFallbacks,
} from './model-call.js';
import type { KnownModel, ModelFacts, ModelTable } from './model-table.js';
import type { ModelResponse, Provider, Usage } from './provider.js';
import { type NamedProvider, ProviderRegistry, type Target, type TargetNames } from './registry.js';
import { checkRequirements, type Fitness, type Requirements } from './requirements.js';
import { backoffMs, isFaultOfProvider, isTransient, waitOf } from './retry.js';
import { ToolNames } from './tool-names.js';

export interface LanguageModelsParts {
  readonly providers: readonly NamedProvider[];
  readonly defaultProvider?: string | undefined;
  readonly table: ModelTable;
  /** The most calls of the runtime at once. */
  readonly maxConcurrent: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** ListedModel is a model with the provider that serves it; `null` when none does that is configured. */
export interface ListedModel extends KnownModel {
  readonly servedBy: string | null;
}

/** LanePlaces is how many calls have a place at once, and how many wait for one. */
export interface LanePlaces {
  /** `null` for all providers together. */
  readonly provider: string | null;
  readonly limit: number;
  readonly active: number;
  readonly waiting: number;
}

const DEFAULT_MAX_RETRIES = 2;

export class LanguageModels {
  readonly registry: ProviderRegistry;
  readonly table: ModelTable;
  readonly #all: Lane;
  readonly #open = new Map<string, { provider: Promise<Provider>; lane: Lane }>();

  constructor(private readonly parts: LanguageModelsParts) {
    this.table = parts.table;
    this.registry = new ProviderRegistry(parts.providers, parts.defaultProvider, parts.table);
    this.#all = new Lane(parts.maxConcurrent, parts);
  }

  /**
   * Asks a model. Failures that pass are tried again, then the fallbacks are asked, as long as nothing of an answer has
   * reached the listener.
   *
   * @throws SpellError `PROVIDER_*`, `MODEL_NOT_FOUND`, `MODEL_UNFIT`, `CONTEXT_OVERFLOW`, `ABORTED`
   */
  async generate(
    request: GenerateRequest,
    options: GenerateOptions = {},
  ): Promise<GenerateResponse> {
    checkRequest(request);
    const call = new ModelCall(request, options);
    const [first, ...others] = this.targets(request);
    try {
      return await this.#ask(first as Target, call);
    } catch (error) {
      let last = error;
      for (const target of others) {
        if (call.hasDelivered || !isFaultOfProvider(last)) break;
        try {
          return await this.#ask(target, call);
        } catch (next) {
          last = next;
        }
      }
      if (call.signal.aborted) throw aborted(call.signal);
      throw error === last ? error : withFallbacks(error as SpellError, call.failures);
    }
  }

  /** The places for calls: those of each provider that was asked, and those of all together. */
  places(): readonly LanePlaces[] {
    const of = (provider: string | null, { width, active, waiting }: Lane): LanePlaces => ({
      provider,
      limit: width,
      active,
      waiting,
    });
    return [...this.#open].map(([name, { lane }]) => of(name, lane)).concat(of(null, this.#all));
  }

  /** Who answers a call. @throws SpellError `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND` */
  resolve(names: TargetNames): Target {
    return this.registry.resolve(names);
  }

  /** Whom a request is asked of: first of all, then its fallbacks. @throws as {@link resolve}. */
  targets(request: GenerateRequest): readonly Target[] {
    const first = this.registry.resolve(request);
    const names = request.fallback ?? first.provider.fallback ?? [];
    return [first, ...names.map((name) => this.registry.resolveFallback(name, first.model))];
  }

  /** All models that something is known of, those that a configured provider serves first. */
  list(): readonly ListedModel[] {
    const served = new Map(this.registry.served().map(({ provider, model }) => [model, provider]));
    const named = this.registry
      .list()
      .flatMap((provider) => (provider.defaultModel === undefined ? [] : [provider]))
      .filter(({ defaultModel = '' }) => !this.table.list().some((m) => m.name === defaultModel))
      .map(({ defaultModel = '', name }) => ({
        ...this.table.find(defaultModel),
        name: defaultModel,
        servedBy: name,
      }));
    const known = this.table
      .list()
      .map((model) => ({ ...model, servedBy: served.get(model.name)?.name ?? null }));
    const all = [...named, ...known];
    return [...all.filter((m) => m.servedBy !== null), ...all.filter((m) => m.servedBy === null)];
  }

  /** What is known of a model, by default of the one that calls ask which name none. */
  capabilities(model?: string): KnownModel | undefined {
    return this.table.find(model ?? this.resolve({}).model);
  }

  /** Whether a model meets requirements, by default the one that calls ask which name none. */
  validateForTask(requirements: Requirements, names: TargetNames = {}): Fitness {
    const model = names.model ?? this.resolve(names).model;
    const facts = this.table.find(model);
    if (facts !== undefined) return checkRequirements(requirements, facts);
    const near = this.table.near(model).map((name) => `"${name}"`);
    const hint =
      near.length === 0 ? `describe it under [models."${model}"]` : `near: ${near.join(', ')}`;
    return { ok: false, reasons: [`nothing is known of the model "${model}" (${hint})`] };
  }

  /**
   * The cheapest model of the configured providers that meets requirements, by the sum of its prices; one whose prices
   * are not known comes last, equals go by name.
   */
  select(requirements: Requirements): Target | undefined {
    const fit = this.registry.served().flatMap((target) => {
      const facts = this.table.find(target.model) as KnownModel;
      return checkRequirements(requirements, facts).ok ? [{ target, facts }] : [];
    });
    fit.sort((a, b) => priceOf(a.facts) - priceOf(b.facts) || compare(a.facts.name, b.facts.name));
    return fit[0]?.target;
  }

  /** USD; `undefined` when the prices are not known. */
  costOf(usage: Usage, model: string): number | undefined {
    const facts = this.table.find(model);
    return facts === undefined ? undefined : costOf(usage, facts);
  }

  /** One provider, with as many attempts as it is worth. */
  async #ask(target: Target, call: ModelCall): Promise<GenerateResponse> {
    const maxRetries = call.request.maxRetries ?? target.provider.maxRetries ?? DEFAULT_MAX_RETRIES;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#attempt(target, call);
        const cost = this.costOf(response.usage, target.model) ?? null;
        const provider = target.provider.name;
        const { failures } = call;
        return { ...response, provider, requested: target.model, cost, failures: [...failures] };
      } catch (thrown) {
        if (call.signal.aborted) throw aborted(call.signal);
        const error = this.#explained(thrown, target);
        call.failed(error, target);
        if (attempt > maxRetries || call.hasDelivered || !isTransient(error)) throw error;
        await this.#wait(backoffMs(error, attempt, this.parts.random), call.signal);
      }
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.parts.pause(ms, signal);
    } catch {
      throw aborted(signal);
    }
  }

  async #attempt({ provider, model }: Target, call: ModelCall): Promise<ModelResponse> {
    const { lane, provider: opening } = this.#opened(provider);
    const facts: ModelFacts = this.table.find(model) ?? {};
    const request = call.requestTo(provider, model, facts);
    checkFit(request, facts);
    const leaveProvider = await lane.enter(call.signal);
    try {
      const leaveAll = await this.#all.enter(call.signal);
      try {
        const names = new ToolNames(request);
        const attempt = names.received(call.attempt(provider, facts));
        return names.response(await (await opening).generate(names.sent(request), attempt));
      } catch (error) {
        if (isTransient(error)) lane.restFor(waitOf(error) ?? 0);
        throw error;
      } finally {
        leaveAll();
      }
    } finally {
      leaveProvider();
    }
  }

  #opened(provider: NamedProvider) {
    let entry = this.#open.get(provider.name);
    if (entry === undefined) {
      const width = provider.maxConcurrent ?? this.parts.maxConcurrent;
      const opening = provider.open();
      // One that can't be opened is opened again by the next call: its file may have been mended.
      opening.catch(() => this.#open.delete(provider.name));
      entry = { provider: opening, lane: new Lane(width, this.parts) };
      this.#open.set(provider.name, entry);
    }
    return entry;
  }

  /** A model that a server does not have may be one of the table with another spelling. */
  #explained(thrown: unknown, { provider, model }: Target): SpellError {
    if (!(thrown instanceof SpellError)) throw thrown;
    if (thrown.code !== 'MODEL_NOT_FOUND' || thrown.hint !== undefined) return thrown;
    const near = this.table.near(model).map((name) => `"${name}"`);
    const hint = near.length === 0 ? 'Check its name.' : `Did you mean ${near.join(' or ')}?`;
    return new SpellError('MODEL_NOT_FOUND', thrown.message, {
      hint,
      details: { ...thrown.details, provider: provider.name },
      cause: thrown.cause,
    });
  }
}

function priceOf({ inputPrice, outputPrice }: ModelFacts): number {
  return (inputPrice ?? Number.POSITIVE_INFINITY) + (outputPrice ?? Number.POSITIVE_INFINITY);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
