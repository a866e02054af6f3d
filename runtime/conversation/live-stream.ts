/** LiveStream is an answer that is being written: its pieces wait here until the script reads them. */
import type { GenerateResponse } from '../provider/model-call.js';
import type { Delta } from '../provider/provider.js';
import { tokensOfText } from '../provider/token-estimate.js';

/** A piece of text of an answer, or of the thoughts before it. */
export interface Piece {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

export class LiveStream {
  readonly #controller = new AbortController();
  readonly #answer: Promise<GenerateResponse>;
  #pieces: Piece[] = [];
  #news: (() => void) | undefined;
  #hasEnded = false;
  #tokens = 0;

  constructor(
    start: (onDelta: (delta: Delta) => void, signal: AbortSignal) => Promise<GenerateResponse>,
    signal: AbortSignal,
  ) {
    const both = AbortSignal.any([signal, this.#controller.signal]);
    this.#answer = start((delta) => this.#take(delta), both);
    const end = () => {
      this.#hasEnded = true;
      this.#news?.();
    };
    this.#answer.then(end, end);
  }

  /** About how many tokens have come so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /**
   * What has come since the last reading, as soon as there is something; neighbours of one kind as one piece. With the
   * last pieces comes the answer.
   */
  async read(): Promise<{ pieces: readonly Piece[]; response: GenerateResponse | undefined }> {
    if (this.#pieces.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
      this.#news = undefined;
      // What comes in the same turn of the loop is read together.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    if (!this.#hasEnded) return { pieces, response: undefined };
    try {
      return { pieces, response: await this.#answer };
    } catch (thrown) {
      // The pieces before the failure are read first.
      if (pieces.length > 0) return { pieces, response: undefined };
      throw thrown;
    }
  }

  abort(): void {
    this.#controller.abort();
  }

  #take(delta: Delta): void {
    if (delta.type === 'tool_call') {
      this.#tokens += tokensOfText(delta.arguments);
      return;
    }
    const { type, text } = delta;
    this.#tokens += tokensOfText(text);
    const last = this.#pieces.at(-1);
    if (last?.type === type) this.#pieces.splice(-1, 1, { type, text: last.text + text });
    else this.#pieces.push({ type, text });
    this.#news?.();
  }
}
