/**
 * CallEnd is the end that a call of a tool meets before its tool is done: its time is over, or its caller has gone. The
 * tool's signal is made when the tool first asks for it: to make one takes longer than a small tool works.
 */
export class CallEnd {
  #reject: (reason: unknown) => void = () => {};
  #over: { readonly reason: unknown } | undefined;
  #controller: AbortController | undefined;

  /** What the work brings; rejects with the reason of the end when that comes first. */
  orEarlier<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      work().then(resolve, reject);
    });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over !== undefined) this.#controller.abort(this.#over.reason);
    }
    return this.#controller.signal;
  }

  come(reason: unknown): void {
    this.#over ??= { reason };
    this.#reject(reason);
    this.#controller?.abort(reason);
  }
}
