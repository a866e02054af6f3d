/**
 * ModelCalls is what the scripts of one run ask of models: each call is one host call with one recorded answer. Streams
 * are read in pieces, of which each is recorded, too.
 */
import type { HostObject } from '../base/value.js';
import type { CallContext } from '../host/host-call.js';
import type { CallUsage, UsageTotals } from '../host/usage.js';
import type { LanguageModels } from '../provider/language-models.js';
import { textOf } from '../provider/message.js';
import type { GenerateOptions, GenerateResponse } from '../provider/model-call.js';
import { schemaFaults } from '../tool/json-schema.js';
import type { ToolRegistry } from '../tool/registry.js';
import { answerView } from './answer.js';
import type { Ask } from './ask.js';
import { type Admission, Budget, type BudgetLimits } from './budget.js';
import { LiveStream } from './live-stream.js';
import { registerModels } from './own-models.js';
import type { OverflowPolicy } from './parameters.js';
import { type AskStores, prepareAsk, type ReadyAsk } from './prepare-ask.js';
import { refusedLength, shortened } from './refused-length.js';
import { checkData } from './structured.js';

export interface ModelCallsParts {
  readonly models: () => Promise<LanguageModels>;
  readonly tools: ToolRegistry;
  readonly stores: () => Promise<AskStores>;
  readonly limits: BudgetLimits & { readonly onOverflow: OverflowPolicy };
  /** What the budget counts as used from the start. */
  readonly usedBefore: UsageTotals;
}

/** One stream, and what is needed to make its end an answer. */
interface OpenStream {
  readonly stream: LiveStream;
  readonly ask: Ask;
  readonly ready: ReadyAsk;
  readonly admission: Admission;
  /** The call that opened it. */
  readonly call: number;
}

export class ModelCalls {
  readonly #parts: ModelCallsParts;
  readonly #budget: Budget;
  readonly #streams = new Map<string, OpenStream>();

  constructor(parts: ModelCallsParts) {
    this.#parts = parts;
    this.#budget = new Budget(parts.limits, parts.usedBefore);
  }

  /**
   * Asks a model and waits for its answer. A conversation that is to be compacted first is not asked about: the answer
   * is `{overflow = {...}}`.
   */
  async generate(ask: Ask, call: CallContext): Promise<HostObject> {
    const models = await this.#models(ask);
    const ready = await this.#prepare(models, ask, call);
    if (ready.overflow !== undefined) return overflowView(ready);
    const options = { signal: call.signal, idempotencyKey: call.key };
    try {
      return await this.#ask(models, ask, ready, options, call);
    } catch (thrown) {
      const overflow = refusedLength(thrown, ready);
      if (overflow === undefined || ready.onOverflow === 'error') throw thrown;
      if (ready.onOverflow === 'compact') return overflowView({ overflow });
      return this.#ask(models, ask, shortened(ready, overflow), options, call);
    }
  }

  async #ask(
    models: LanguageModels,
    ask: Ask,
    ready: ReadyAsk,
    options: GenerateOptions,
    call: CallContext,
  ): Promise<HostObject> {
    const admission = this.#admit(models, ready, call);
    try {
      const response = await models.generate(requestOf(ready, admission), options);
      return await this.#answer(models, ask, ready, response, call);
    } finally {
      admission.release();
    }
  }

  /**
   * Asks a model and answers the name of the stream that its answer comes in.
   *
   * @param again The stream whose answer was lost with the process that read it.
   */
  async open(ask: Ask, again: string | undefined, call: CallContext): Promise<HostObject> {
    const models = await this.#models(ask);
    const ready = await this.#prepare(models, ask, call);
    if (ready.overflow !== undefined) return overflowView(ready);
    const admission = this.#admit(models, ready, call);
    const id = again ?? call.key;
    if (again !== undefined) call.suspectDoubleBilling();
    const entry = { ask, ready, admission, call: call.seq };
    const start = async (onDelta: GenerateOptions['onDelta'], signal: AbortSignal) => {
      const options = { signal, onDelta, idempotencyKey: id };
      try {
        return await models.generate(requestOf(ready, admission), options);
      } catch (thrown) {
        const overflow = refusedLength(thrown, ready);
        if (overflow === undefined || ready.onOverflow !== 'truncate') throw thrown;
        entry.ready = shortened(ready, overflow);
        return models.generate(requestOf(entry.ready, admission), options);
      }
    };
    const stream = new LiveStream(start, call.signal);
    this.#streams.set(id, Object.assign(entry, { stream }));
    return { stream: id };
  }

  /** The next pieces of a stream, with the answer at its end; `{lost = true}` when it ended with another process. */
  async read(id: string, call: CallContext): Promise<HostObject> {
    const open = this.#streams.get(id);
    if (open === undefined) return { lost: true };
    try {
      const { pieces, response } = await open.stream.read();
      for (const { type, text } of pieces) {
        call.announce({ type: 'llm.delta', call: open.call, kind: type, text });
      }
      const news = { pieces: pieces.map((piece) => ({ ...piece })) };
      if (response === undefined) return news;
      this.#forget(id, open);
      const models = await this.#parts.models();
      return {
        ...news,
        response: await this.#answer(models, open.ask, open.ready, response, call),
      };
    } catch (thrown) {
      this.#forget(id, open);
      const overflow = refusedLength(thrown, open.ready);
      if (overflow === undefined || open.ready.onOverflow !== 'compact') throw thrown;
      return overflowView({ overflow });
    }
  }

  /** Breaks a stream off. What it took is not told by anybody, and guessed. */
  async close(id: string, call: CallContext): Promise<undefined> {
    const open = this.#streams.get(id);
    if (open === undefined) return undefined;
    this.#forget(id, open);
    open.stream.abort();
    const { inputTokens, targets } = open.ready;
    const usage = { inputTokens, outputTokens: open.stream.tokens };
    const models = await this.#parts.models();
    const costUsd = models.costOf(usage, targets[0]?.model ?? '') ?? null;
    this.#spend({ ...usage, costUsd }, call);
    return undefined;
  }

  #spend(usage: CallUsage, call: CallContext): void {
    this.#budget.spend(usage);
    call.remember({ usage });
  }

  #forget(id: string, { admission }: OpenStream): void {
    this.#streams.delete(id);
    admission.release();
  }

  async #models({ models: own }: Ask): Promise<LanguageModels> {
    const models = await this.#parts.models();
    registerModels(models.table, own);
    return models;
  }

  async #prepare(models: LanguageModels, ask: Ask, call: CallContext): Promise<ReadyAsk> {
    const { tools, stores, limits } = this.#parts;
    const { currentSession } = call.state;
    // A schema that is none is refused before an answer is paid for.
    if (ask.schema !== undefined) await schemaFaults(ask.schema, undefined);
    return prepareAsk(
      { models, tools, stores, onOverflow: limits.onOverflow, currentSession },
      ask,
    );
  }

  #admit(models: LanguageModels, ready: ReadyAsk, call: CallContext): Admission {
    const { inputTokens, request, targets } = ready;
    const maxTokens = request.maxTokens ?? targets[0]?.provider.maxTokens;
    const facts = (model: string) => models.table.find(model) ?? {};
    const planned = {
      inputTokens,
      maxTokens,
      targets: targets.map(({ model }) => ({ model, facts: facts(model) })),
    };
    return this.#budget.admit(planned, call.state.usage);
  }

  async #answer(
    models: LanguageModels,
    { schema, session }: Ask,
    { dropped }: ReadyAsk,
    response: GenerateResponse,
    call: CallContext,
  ): Promise<HostObject> {
    const { usage, cost, provider } = response;
    const { inputTokens, outputTokens } = usage;
    this.#spend({ inputTokens, outputTokens, costUsd: cost }, call);
    const hasCalls = response.message.parts.some(({ type }) => type === 'tool_call');
    const isData = schema !== undefined && !hasCalls;
    const checked = isData ? await checkData(textOf(response.message), schema) : undefined;
    const providerType = models.registry.get(provider).type;
    return answerView(response, { providerType, session, dropped, checked });
  }
}

function requestOf({ request }: ReadyAsk, { maxTokens }: Admission): ReadyAsk['request'] {
  return maxTokens === undefined ? request : { ...request, maxTokens };
}

function overflowView({ overflow }: Pick<ReadyAsk, 'overflow'>): HostObject {
  const { tokens = 0, maxTokens = 0, window = 0 } = overflow ?? {};
  return { overflow: { tokens, max_tokens: maxTokens, context_window: window } };
}
