/**
 * EventStream carries a run's events to whoever iterates over it. Nothing is kept for those who come late or not at
 * all, so a run that nobody watches needs no memory for its story.
 */
import type { RunEvent } from './run-event.js';

/** A reader that is this many events behind makes the run wait for it before its next turn. */
const HIGH_WATER = 1024;

/** From this many events that were read on, the queue lets go of them. */
const COMPACT_EVENTS = 4096;

export class EventStream {
  readonly #readers = new Set<Reader>();
  #ended = false;
  #drained: (() => void) | undefined;

  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  publish(event: RunEvent): void {
    for (const reader of this.#readers) {
      reader.push(event);
    }
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake();
  }

  /** Resolves when no reader is far behind, or when `signal` is aborted. */
  async whenDrained(signal: AbortSignal): Promise<void> {
    while (this.#isBehind() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const goOn = () => {
          signal.removeEventListener('abort', goOn);
          resolve();
        };
        this.#drained = goOn;
        signal.addEventListener('abort', goOn, { once: true });
      });
    }
  }

  /** The events from now on. */
  read(): AsyncIterator<RunEvent> {
    const reader = new Reader();
    if (!this.#ended) this.#readers.add(reader);
    const leave = (): IteratorResult<RunEvent> => {
      this.#readers.delete(reader);
      this.#drained?.();
      return { value: undefined, done: true };
    };
    return {
      next: async () => {
        while (reader.behind === 0 && !this.#ended) await reader.nextChange();
        const value = reader.take();
        if (value === undefined) return leave();
        this.#drained?.();
        return { value, done: false };
      },
      return: async () => leave(),
    };
  }

  #isBehind(): boolean {
    return [...this.#readers].some((reader) => reader.behind > HIGH_WATER);
  }
}

/** Reader is the queue of one iteration. */
class Reader {
  #queue: RunEvent[] = [];
  #read = 0;
  #sleepers: (() => void)[] = [];

  /** How many events wait to be read. */
  get behind(): number {
    return this.#queue.length - this.#read;
  }

  push(event: RunEvent): void {
    this.#queue.push(event);
    this.wake();
  }

  take(): RunEvent | undefined {
    if (this.behind === 0) return undefined;
    const event = this.#queue[this.#read];
    this.#read += 1;
    // Taking items off the front of a long array one by one would move all others each time.
    if (this.#read === this.#queue.length || this.#read === COMPACT_EVENTS) {
      this.#queue = this.#queue.slice(this.#read);
      this.#read = 0;
    }
    return event;
  }

  wake(): void {
    // Forgotten afterwards: a slice of Lua that is broken off here leaves nobody asleep.
    for (const wake of this.#sleepers) wake();
    this.#sleepers = [];
  }

  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push(resolve);
    });
  }
}
