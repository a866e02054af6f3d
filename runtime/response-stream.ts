/** ResponseStream is an answer of a model piece by piece; the model writes on when a piece was taken. */
import type { GenerateResponse } from './generate-response.js';

interface Offer {
  readonly token: string;
  readonly answer: (goesOn: boolean) => void;
}

/** Asks, with every piece of the answer told to `tell`: it answers whether there is somebody who wants more. */
type Ask<T> = (tell: (token: string) => Promise<boolean>) => Promise<T | undefined>;

/**
 * Nothing is asked before the first piece is wanted. A loop that is left breaks the answer off, and keeps nothing.
 *
 * @example
 * ```ts
 * const stream = runtime.sessions.stream(session.id, 'Tell me a story.');
 * for await (const token of stream) process.stdout.write(token);
 * const { usage } = await stream.response();
 * ```
 */
export class ResponseStream<T = GenerateResponse> implements AsyncIterableIterator<string> {
  #asked: Promise<T | undefined> | undefined;
  /** A piece that nobody has taken yet, and the one that the reader is busy with. */
  #offer: Offer | undefined;
  #taken: Offer | undefined;
  #wanted: (() => void) | undefined;
  #isLeft = false;
  #isRead = false;

  constructor(private readonly ask: Ask<T>) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    if (this.#isLeft) return { done: true, value: undefined };
    const asked = this.#start();
    this.#letGo(true);
    if (this.#offer === undefined) {
      const offered = new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
      await Promise.race([offered, asked]);
    }
    this.#taken = this.#offer;
    this.#offer = undefined;
    if (this.#taken === undefined) return { done: true, value: undefined };
    return { done: false, value: this.#taken.token };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    this.#isLeft = true;
    this.#letGo(false);
    this.#offer?.answer(false);
    await this.#asked;
    return { done: true, value: undefined };
  }

  /** The whole answer; reads what is left of it. `undefined` when the loop was left. */
  async response(): Promise<T | undefined> {
    this.#isRead = true;
    const asked = this.#start();
    this.#letGo(true);
    this.#offer?.answer(true);
    return asked;
  }

  #start(): Promise<T | undefined> {
    this.#asked ??= this.#isLeft
      ? Promise.resolve(undefined)
      : this.ask((token) => this.#tell(token));
    // Whoever reads gets the error; a stream that nobody reads on is not an unhandled one.
    this.#asked.catch(() => {});
    return this.#asked;
  }

  async #tell(token: string): Promise<boolean> {
    if (this.#isLeft) return false;
    if (this.#isRead) return true;
    return new Promise((answer) => {
      this.#offer = { token, answer };
      this.#wanted?.();
    });
  }

  /** The reader is done with the piece that it has. */
  #letGo(goesOn: boolean): void {
    this.#taken?.answer(goesOn);
    this.#taken = undefined;
  }
}
