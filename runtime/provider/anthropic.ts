/** Anthropic's Messages API. Answers are always streamed: long ones outlive no connection that stays silent. */
import type { Anthropic } from '@anthropic-ai/sdk';
import type { Clock } from '../base/clock.js';
import { fromAnthropicAnswer } from './anthropic-messages.js';
import { toAnthropicRequest } from './anthropic-request.js';
import { AnthropicStream } from './anthropic-stream.js';
import type { ApiKey } from './api-key.js';
import { aborted, badResponse, disconnected, type Place, timedOut } from './failure.js';
import type {
  Attempt,
  FinishReason,
  ModelRequest,
  ModelResponse,
  Provider,
  Usage,
} from './provider.js';
import { sdkFailure } from './sdk-failure.js';
import { Watchdog } from './watchdog.js';

export interface AnthropicOptions {
  /** The provider's name in the configuration. */
  readonly name: string;
  readonly baseUrl: string;
  readonly key: ApiKey;
  readonly clock: Clock;
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

/** The client holds no key: each request brings its own. It tries nothing twice, and nothing of the environment. */
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

/** Time is kept by the {@link Watchdog}. */
const MAX_TIMER_MS = 2 ** 31 - 1;

class MessageCall {
  readonly #place: Place;
  readonly #watchdog: Watchdog;
  #hasStarted = false;

  constructor(
    private readonly options: AnthropicOptions,
    private readonly request: ModelRequest,
    private readonly attempt: Attempt,
    private readonly key: string | undefined,
  ) {
    const { name: provider, baseUrl: url } = options;
    this.#place = { provider, model: request.model, url, key };
    this.#watchdog = new Watchdog(attempt.timeoutMs, attempt.signal);
  }

  async make(sdk: Sdk, client: Anthropic): Promise<ModelResponse> {
    try {
      return await this.#streamed(client);
    } catch (thrown) {
      this.#checkStopped();
      const now = this.options.clock.now();
      throw sdkFailure(thrown, sdk, { place: this.#place, now, hasStarted: this.#hasStarted });
    } finally {
      this.#watchdog.stop();
    }
  }

  async #streamed(client: Anthropic): Promise<ModelResponse> {
    const { request, attempt } = this;
    const origin = `${this.options.name}/${request.model}`;
    const { body, warnings } = toAnthropicRequest(request, attempt.traits, origin);
    const events = await client.messages.create(body, this.#requestOptions());
    const stream = new AnthropicStream(attempt.onDelta ?? (() => {}));
    for await (const event of events) {
      this.#hasStarted = true;
      this.#watchdog.sign();
      stream.add(event);
    }
    // An aborted stream ends like a complete one.
    this.#checkStopped();
    if (!this.#hasStarted) throw badResponse(this.#place, 'it is empty');
    if (!stream.isComplete) throw disconnected(this.#place);
    return {
      message: fromAnthropicAnswer(stream.blocks, origin),
      model: stream.model || request.model,
      provider: this.options.name,
      finishReason: finishReasonOf(stream.stopReason),
      usage: usageOf(stream.usage ?? {}),
      id: stream.id,
      warnings,
    };
  }

  #requestOptions(): Anthropic.RequestOptions {
    const { idempotencyKey } = this.attempt;
    return {
      signal: this.#watchdog.signal,
      headers: {
        Authorization: null,
        'X-Api-Key': this.key ?? null,
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      },
    };
  }

  #checkStopped(): void {
    const { signal, timeoutMs } = this.attempt;
    if (signal.aborted) throw aborted(signal);
    if (this.#watchdog.hasBitten) throw timedOut(this.#place, timeoutMs);
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
