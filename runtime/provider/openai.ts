/** OpenAI's chat completions, and every server that speaks their protocol. */
import type { OpenAI } from 'openai';
import type { Clock } from '../base/clock.js';
import type { ApiKey } from './api-key.js';
import { aborted, badResponse, disconnected, type Place, timedOut } from './failure.js';
import { type ChatAnswer, fromChatAnswer } from './openai-messages.js';
import { type ChatRequest, toChatRequest } from './openai-request.js';
import { ChatStream } from './openai-stream.js';
import type {
  Attempt,
  FinishReason,
  ModelRequest,
  ModelResponse,
  Provider,
  Usage,
} from './provider.js';
import { PATIENCE_OF_FETCH_MS, sdkFailure } from './sdk-failure.js';
import { tokensOfMessage, tokensOfRequest } from './token-estimate.js';
import { Watchdog } from './watchdog.js';

export interface OpenAIOptions {
  /** The provider's name in the configuration. */
  readonly name: string;
  readonly baseUrl: string;
  readonly key: ApiKey;
  readonly clock: Clock;
  /** A client of the program's own, which knows its server and its key. */
  readonly client?: OpenAI | undefined;
}

type Sdk = typeof import('openai');

export function openaiProvider(options: OpenAIOptions): Provider {
  let loading: Promise<{ sdk: Sdk; client: OpenAI }> | undefined;
  return {
    async generate(request, attempt) {
      const key = options.key(attempt.apiKey);
      loading ??= load(options);
      const { sdk, client } = await loading;
      return new ChatCall(options, request, attempt, key).make(sdk, client);
    },
  };
}

/** The client holds no key: each request brings its own. It tries nothing twice, and nothing of the environment. */
async function load(options: OpenAIOptions): Promise<{ sdk: Sdk; client: OpenAI }> {
  const sdk = await import('openai');
  if (options.client !== undefined) return { sdk, client: options.client };
  const client = new sdk.OpenAI({
    baseURL: options.baseUrl,
    apiKey: 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
  return { sdk, client };
}

/** Time is kept by the {@link Watchdog}. */
const MAX_TIMER_MS = 2 ** 31 - 1;

class ChatCall {
  readonly #place: Place;
  readonly #watchdog: Watchdog;
  #hasStarted = false;

  constructor(
    private readonly options: OpenAIOptions,
    private readonly request: ModelRequest,
    private readonly attempt: Attempt,
    private readonly key: string | undefined,
  ) {
    const { name: provider, baseUrl: url } = options;
    this.#place = { provider, model: request.model, url, key };
    this.#watchdog = new Watchdog(attempt.timeoutMs, attempt.signal);
  }

  async make(sdk: Sdk, client: OpenAI): Promise<ModelResponse> {
    const isOpenAI = /(^|\.)openai\./.test(new URL(this.options.baseUrl).hostname);
    const chat = toChatRequest(this.request, this.attempt.traits, isOpenAI, this.#origin);
    try {
      const { onDelta, timeoutMs } = this.attempt;
      // Fetch gives up on an answer whose head does not come; that of a stream comes at once.
      const isStreamed = onDelta !== undefined || timeoutMs > PATIENCE_OF_FETCH_MS;
      return await (isStreamed
        ? this.#streamed(client, chat, onDelta ?? (() => {}))
        : this.#whole(client, chat));
    } catch (thrown) {
      this.#checkStopped();
      const now = this.options.clock.now();
      throw sdkFailure(thrown, sdk, { place: this.#place, now, hasStarted: this.#hasStarted });
    } finally {
      this.#watchdog.stop();
    }
  }

  async #whole(client: OpenAI, { body, warnings }: ChatRequest): Promise<ModelResponse> {
    const completion = await client.chat.completions.create(body, this.#requestOptions());
    const choice = completion?.choices?.[0];
    if (choice?.message === undefined) throw badResponse(this.#place, 'it has no choices');
    const { id, model, usage } = completion;
    return this.#response({
      id,
      model,
      usage,
      answer: choice.message,
      finishReason: choice.finish_reason,
      warnings,
    });
  }

  async #streamed(
    client: OpenAI,
    { body, warnings }: ChatRequest,
    onDelta: NonNullable<Attempt['onDelta']>,
  ): Promise<ModelResponse> {
    const chunks = await client.chat.completions.create(
      { stream_options: { include_usage: true }, ...body, stream: true },
      this.#requestOptions(),
    );
    const stream = new ChatStream(onDelta);
    for await (const chunk of chunks) {
      this.#hasStarted = true;
      this.#watchdog.sign();
      stream.add(chunk);
    }
    // An aborted stream ends like a complete one.
    this.#checkStopped();
    if (stream.finishReason === null) throw disconnected(this.#place);
    return this.#response({ ...pick(stream), warnings });
  }

  #requestOptions(): OpenAI.RequestOptions {
    const { idempotencyKey } = this.attempt;
    const isOwn = this.options.client === undefined;
    return {
      signal: this.#watchdog.signal,
      maxRetries: 0,
      timeout: MAX_TIMER_MS,
      headers: {
        ...(isOwn ? { Authorization: this.key === undefined ? null : `Bearer ${this.key}` } : {}),
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      },
    };
  }

  /** Who thinks. */
  get #origin(): string {
    return `${this.options.name}/${this.request.model}`;
  }

  #checkStopped(): void {
    const { signal, timeoutMs } = this.attempt;
    if (signal.aborted) throw aborted(signal);
    if (this.#watchdog.hasBitten) throw timedOut(this.#place, timeoutMs);
  }

  #response({ id, model, usage, answer, finishReason, warnings }: Completion): ModelResponse {
    const { request } = this;
    const { name } = this.options;
    const message = fromChatAnswer(answer, id, this.#origin);
    return {
      message,
      model: model || request.model,
      provider: name,
      finishReason: finishReasonOf(finishReason, answer),
      usage: usage
        ? usageOf(usage)
        : {
            inputTokens: tokensOfRequest(request),
            outputTokens: tokensOfMessage(message),
            estimated: true,
          },
      id,
      warnings,
    };
  }
}

interface Completion {
  readonly id: string;
  readonly model: string;
  readonly usage: OpenAI.CompletionUsage | undefined;
  readonly answer: ChatAnswer;
  readonly finishReason: string | null;
  readonly warnings: readonly string[];
}

function pick({ id, model, usage, answer, finishReason }: ChatStream) {
  return { id, model, usage, answer, finishReason };
}

function finishReasonOf(reason: string | null, answer: ChatAnswer): FinishReason {
  if (answer.refusal) return 'refusal';
  // Some servers end a turn with calls like any other.
  if ((answer.tool_calls ?? []).length > 0 && reason !== 'length') return 'tool_calls';
  if (reason === 'stop' || reason === 'length') return reason;
  return reason === 'content_filter' ? 'refusal' : 'other';
}

function usageOf(usage: OpenAI.CompletionUsage): Usage {
  const { prompt_tokens: input, completion_tokens: output } = usage;
  const cached = usage.prompt_tokens_details?.cached_tokens;
  const written = (usage.prompt_tokens_details as { cache_write_tokens?: number } | undefined)
    ?.cache_write_tokens;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(cached ? { cachedTokens: cached } : {}),
    ...(written ? { cacheWriteTokens: written } : {}),
    ...(reasoning ? { reasoningTokens: reasoning } : {}),
  };
}
