/** OpenAI's chat completions, and every server that speaks their protocol. */

import type { OpenAI } from 'openai';
import { MAX_TIMER_MS } from '../base/max-timer.js';
import type { ApiKey } from './api-key.js';
import { badResponse, disconnected } from './failure.js';
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
import { SdkCall, type ServerOptions } from './sdk-call.js';
import { PATIENCE_OF_FETCH_MS } from './sdk-failure.js';
import { tokensOfMessage, tokensOfRequest } from './token-estimate.js';

export interface OpenAIOptions extends ServerOptions {
  readonly key: ApiKey;
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

class ChatCall extends SdkCall<OpenAI> {
  constructor(
    private readonly options: OpenAIOptions,
    ...given: [request: ModelRequest, attempt: Attempt, key: string | undefined]
  ) {
    super(options, ...given);
  }

  protected ask(client: OpenAI): Promise<ModelResponse> {
    const { onDelta, timeoutMs, traits } = this.attempt;
    const isOpenAI = /(^|\.)openai\./.test(new URL(this.options.baseUrl).hostname);
    const chat = toChatRequest(this.request, traits, isOpenAI, this.origin);
    // Fetch gives up on an answer whose head does not come; that of a stream comes at once.
    const isStreamed = onDelta !== undefined || timeoutMs > PATIENCE_OF_FETCH_MS;
    return isStreamed
      ? this.#streamed(client, chat, onDelta ?? (() => {}))
      : this.#whole(client, chat);
  }

  async #whole(client: OpenAI, { body, warnings }: ChatRequest): Promise<ModelResponse> {
    const completion = await client.chat.completions.create(body, this.#requestOptions());
    const choice = completion?.choices?.[0];
    if (choice?.message === undefined) throw badResponse(this.place, 'it has no choices');
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
      this.sign();
      stream.add(chunk);
    }
    this.checkStopped();
    if (stream.finishReason === null) throw disconnected(this.place);
    return this.#response({ ...pick(stream), warnings });
  }

  #requestOptions(): OpenAI.RequestOptions {
    const isOwn = this.options.client === undefined;
    const { key } = this.place;
    return {
      signal: this.signal,
      maxRetries: 0,
      timeout: MAX_TIMER_MS,
      headers: {
        ...(isOwn ? { Authorization: key === undefined ? null : `Bearer ${key}` } : {}),
        ...this.idempotencyHeader,
      },
    };
  }

  #response({ id, model, usage, answer, finishReason, warnings }: Completion): ModelResponse {
    const { request } = this;
    const message = fromChatAnswer(answer, id, this.origin);
    return {
      message,
      model: model || request.model,
      provider: this.place.provider,
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
