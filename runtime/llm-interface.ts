/** LlmInterface is a provider and a model together, which calls need not name. `sessions.create` takes it, too. */
import type { GenerateResponse } from './generate-response.js';
import type { LlmOptions, LlmRequest } from './llm-request.js';
import type { KnownModel } from './provider/model-table.js';
import type { TargetNames } from './provider/registry.js';
import type { Fitness, Requirements } from './provider/requirements.js';
import type { ResponseStream } from './response-stream.js';

/** What of the models of a runtime an interface stands for. */
interface Asker {
  generate(request: LlmRequest, options?: LlmOptions): Promise<GenerateResponse>;
  stream(request: LlmRequest, options?: Pick<LlmOptions, 'signal'>): ResponseStream;
  capabilities(model: string): Promise<KnownModel | undefined>;
  validateForTask(requirements: Requirements, names: TargetNames): Promise<Fitness>;
}

export class LlmInterface {
  readonly #llm: Asker;

  constructor(
    llm: Asker,
    readonly provider: string,
    readonly model: string,
  ) {
    this.#llm = llm;
  }

  /** Asks this model, whatever the request says of others. Throws what `llm.generate` throws. */
  generate(request: LlmRequest, options: LlmOptions = {}): Promise<GenerateResponse> {
    return this.#llm.generate(this.#request(request), options);
  }

  /** Throws what `llm.generate` throws, in the loop. */
  stream(request: LlmRequest, options: Pick<LlmOptions, 'signal'> = {}): ResponseStream {
    return this.#llm.stream(this.#request(request), options);
  }

  capabilities(): Promise<KnownModel | undefined> {
    return this.#llm.capabilities(this.model);
  }

  validateForTask(requirements: Requirements): Promise<Fitness> {
    return this.#llm.validateForTask(requirements, { provider: this.provider, model: this.model });
  }

  #request(request: LlmRequest): LlmRequest {
    const fields = typeof request === 'string' ? { prompt: request } : request;
    return { ...fields, provider: this.provider, model: this.model };
  }
}
