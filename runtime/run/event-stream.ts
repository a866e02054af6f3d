/**
 * EventStream carries a run's events to whoever iterates over it. Nothing is kept for those who come late or not at
 * all, so a run that nobody watches needs no memory for its story.
 */
import type { RunEvent } from './run-event.js';

/** A reader that is this many events behind makes the run wait for it before its next turn. */
const HIGH_WATER = 1024;

interface Reader {
  readonly queue: RunEvent[];
  wake: (() => void) | undefined;
}

export class EventStream {
  readonly #readers = new Set<Reader>();
  #ended = false;
  #drained: (() => void) | undefined;

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  publish(event: RunEvent): void {
    for (const reader of this.#readers) {
      reader.queue.push(event);
      reader.wake?.();
    }
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake?.();
  }

  /** Resolves when no reader is far behind. */
  async whenDrained(): Promise<void> {
    while (this.#isBehind()) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }

  /** The events from now on. */
  read(): AsyncIterator<RunEvent> {
    const reader: Reader = { queue: [], wake: undefined };
    if (!this.#ended) this.#readers.add(reader);
    const leave = () => {
      this.#readers.delete(reader);
      this.#drained?.();
    };
    return {
      next: async () => {
        while (reader.queue.length === 0 && !this.#ended) {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
        const value = reader.queue.shift();
        this.#drained?.();
        if (value !== undefined) return { value, done: false };
        leave();
        return { value: undefined, done: true };
      },
      return: async () => {
        leave();
        return { value: undefined, done: true };
      },
    };
  }

  #isBehind(): boolean {
    return [...this.#readers].some((reader) => reader.queue.length > HIGH_WATER);
  }
}
