/**
 * SdkCall is one attempt to ask a server through its maker's package: it keeps the time, knows whether an answer has
 * begun, and says in our words what went wrong.
 */
import type { Clock } from '../base/clock.js';
import { aborted, type Place, timedOut } from './failure.js';
import type { Attempt, ModelRequest, ModelResponse } from './provider.js';
import { type SdkErrors, sdkFailure } from './sdk-failure.js';
import { Watchdog } from './watchdog.js';

export interface ServerOptions {
  /** The provider's name in the configuration. */
  readonly name: string;
  readonly baseUrl: string;
  readonly clock: Clock;
}

export abstract class SdkCall<Client> {
  protected readonly place: Place;
  readonly #watchdog: Watchdog;
  #hasStarted = false;

  constructor(
    private readonly server: ServerOptions,
    protected readonly request: ModelRequest,
    protected readonly attempt: Attempt,
    key: string | undefined,
  ) {
    this.place = { provider: server.name, model: request.model, url: server.baseUrl, key };
    this.#watchdog = new Watchdog(attempt.timeoutMs, attempt.signal);
  }

  /** Aborted when the call is, and when its time is over. */
  protected get signal(): AbortSignal {
    return this.#watchdog.signal;
  }

  /** Who thinks. */
  protected get origin(): string {
    return `${this.server.name}/${this.request.model}`;
  }

  /** True once a part of the answer is here. */
  protected get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** The header by which a server knows a request that was made before. */
  protected get idempotencyHeader(): Readonly<Record<string, string>> {
    const { idempotencyKey } = this.attempt;
    return idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
  }

  async make(sdk: SdkErrors, client: Client): Promise<ModelResponse> {
    try {
      return await this.ask(client);
    } catch (thrown) {
      this.checkStopped();
      const now = this.server.clock.now();
      throw sdkFailure(thrown, sdk, { place: this.place, now, hasStarted: this.#hasStarted });
    } finally {
      this.#watchdog.stop();
    }
  }

  protected abstract ask(client: Client): Promise<ModelResponse>;

  /** A part of the answer is here. */
  protected sign(): void {
    this.#hasStarted = true;
    this.#watchdog.sign();
  }

  /** Throws when the attempt was ended: a stream that is cut off ends like a complete one. */
  protected checkStopped(): void {
    const { signal, timeoutMs } = this.attempt;
    if (signal.aborted) throw aborted(signal);
    if (this.#watchdog.hasBitten) throw timedOut(this.place, timeoutMs);
  }
}
