/** Listeners by signal. A signal looks through its own whenever one comes or goes, and thousands of calls may wait. */
const listeners = new WeakMap<AbortSignal, Listeners>();

class Listeners {
  readonly #all = new Set<{ readonly listener: () => void }>();
  readonly #tell = () => {
    for (const { listener } of this.#all) listener();
  };

  constructor(private readonly signal: AbortSignal) {}

  add(listener: () => void): () => void {
    const entry = { listener };
    if (this.#all.size === 0) this.signal.addEventListener('abort', this.#tell);
    this.#all.add(entry);
    return () => {
      if (!this.#all.delete(entry) || this.#all.size > 0) return;
      this.signal.removeEventListener('abort', this.#tell);
    };
  }
}

/**
 * Calls `listener` when the signal is aborted, if it is not yet. However many listen, that costs each of them the same.
 *
 * @returns What takes the listener off again.
 */
export function whenAborted(signal: AbortSignal, listener: () => void): () => void {
  const all = listeners.get(signal) ?? new Listeners(signal);
  listeners.set(signal, all);
  return all.add(listener);
}
