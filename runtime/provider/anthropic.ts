/** Anthropic's Messages API. Answers are always streamed: long ones outlive no connection that stays silent. */

import type { Anthropic } from '@anthropic-ai/sdk';
import { MAX_TIMER_MS } from '../base/max-timer.js';
import { fromAnthropicAnswer } from './anthropic-messages.js';
import { toAnthropicRequest } from './anthropic-request.js';
import { AnthropicStream } from './anthropic-stream.js';
import type { ApiKey } from './api-key.js';
import { badResponse, disconnected } from './failure.js';
import type { FinishReason, ModelResponse, Provider, Usage } from './provider.js';
import { SdkCall, type ServerOptions } from './sdk-call.js';

export interface AnthropicOptions extends ServerOptions {
  readonly key: ApiKey;
}

type Sdk = typeof import('@anthropic-ai/sdk');

export function anthropicProvider(options: AnthropicOptions): Provider {
  let loading: Promise<{ sdk: Sdk; client: Anthropic }> | undefined;
  return {
    async generate(request, attempt) {
      const key = options.key(attempt.apiKey);
      loading ??= load(options.baseUrl);
      const { sdk, client } = await loading;
      return new MessageCall(options, request, attempt, key).make(sdk, client);
    },
  };
}

/**
 * The client holds no key: each request brings its own. It tries nothing twice, uses nothing of the environment, and
 * leaves the time to {@link SdkCall}.
 */
async function load(baseURL: string): Promise<{ sdk: Sdk; client: Anthropic }> {
  const sdk = await import('@anthropic-ai/sdk');
  const client = new sdk.Anthropic({
    baseURL,
    apiKey: 'none',
    authToken: null,
    webhookKey: null,
    maxRetries: 0,
    timeout: MAX_TIMER_MS,
    logLevel: 'off',
    openTelemetry: false,
  });
  return { sdk, client };
}

class MessageCall extends SdkCall<Anthropic> {
  protected async ask(client: Anthropic): Promise<ModelResponse> {
    const { request, attempt, origin, place } = this;
    const { body, warnings } = toAnthropicRequest(request, attempt.traits, origin);
    const events = await client.messages.create(body, {
      signal: this.signal,
      headers: { Authorization: null, 'X-Api-Key': place.key ?? null, ...this.idempotencyHeader },
    });
    const stream = new AnthropicStream(attempt.onDelta ?? (() => {}));
    for await (const event of events) {
      this.sign();
      stream.add(event);
    }
    this.checkStopped();
    if (!this.hasStarted) throw badResponse(place, 'it is empty');
    if (!stream.isComplete) throw disconnected(place);
    return {
      message: fromAnthropicAnswer(stream.blocks, origin),
      model: stream.model || request.model,
      provider: place.provider,
      finishReason: finishReasonOf(stream.stopReason),
      usage: usageOf(stream.usage ?? {}),
      id: stream.id,
      warnings,
    };
  }
}

function finishReasonOf(reason: string | null): FinishReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'refusal';
    default:
      return 'other';
  }
}

/** The input of the server's account leaves out what was cached. */
function usageOf(usage: Partial<Anthropic.Usage>): Usage {
  const cached = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (usage.input_tokens ?? 0) + cached + written,
    outputTokens: usage.output_tokens ?? 0,
    ...(cached > 0 ? { cachedTokens: cached } : {}),
    ...(written > 0 ? { cacheWriteTokens: written } : {}),
  };
}
