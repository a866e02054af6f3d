/**
 * VmSlots bounds how many VMs of a runtime are in memory at once. A run takes a slot for its VM and keeps it until the
 * VM is let go of; further runs queue, and get a slot in the order in which they asked. While anybody queues, the run
 * that has rested longest is asked to put its VM away, so that no run waits in vain for one that has no place.
 */
export class VmSlots {
  /** Those who have a slot, in the order in which they began to rest. */
  readonly #taken = new Set<VmSlot>();
  readonly #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  /** Resolves with a slot when it is the caller's turn; rejects with the signal's reason when it is aborted first. */
  async take(signal: AbortSignal): Promise<VmSlot> {
    if (signal.aborted) throw signal.reason;
    if (this.#queue.length === 0 && this.#taken.size < this.limit) return this.#give();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve: (slot) => {
          signal.removeEventListener('abort', waiting.leave);
          resolve(slot);
        },
        leave: () => {
          this.#queue.splice(this.#queue.indexOf(waiting), 1);
          reject(signal.reason);
        },
      };
      signal.addEventListener('abort', waiting.leave, { once: true });
      this.#queue.push(waiting);
      this.#makeRoom();
    });
  }

  #give(): VmSlot {
    const slot: VmSlot = new VmSlot({
      rested: () => {
        // Behind those that have rested for longer.
        if (this.#taken.size > 1) {
          this.#taken.delete(slot);
          this.#taken.add(slot);
        }
        this.#makeRoom();
      },
      declined: () => this.#makeRoom(),
      released: () => {
        this.#taken.delete(slot);
        while (this.#taken.size < this.limit) {
          const next = this.#queue.shift();
          if (next === undefined) return;
          next.resolve(this.#give());
        }
      },
      now: this.now,
    });
    this.#taken.add(slot);
    return slot;
  }

  /** Asks as many resting runs for their slots as there are runs that want one. */
  #makeRoom(): void {
    let wanted = this.#queue.length;
    if (wanted === 0) return;
    clearTimeout(this.#timer);
    for (const slot of this.#taken) {
      const restedMs = slot.restedMs();
      if (restedMs === undefined) continue;
      if (!slot.isAsked && restedMs < PATIENCE_MS) {
        this.#timer = setTimeout(() => this.#makeRoom(), PATIENCE_MS - restedMs);
        return;
      }
      slot.ask();
      wanted -= 1;
      if (wanted === 0) return;
    }
  }
}

/** VmSlot is the right to have a VM in memory. */
export class VmSlot {
  #rest: { readonly since: number; readonly giveWay: () => void } | undefined;
  #isAsked = false;

  constructor(
    private readonly place: {
      readonly rested: () => void;
      readonly declined: () => void;
      readonly released: () => void;
      readonly now: () => number;
    },
  ) {}

  /** True when somebody else wants the slot. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** How long the VM has had nothing to do; `undefined` while it has. */
  restedMs(): number | undefined {
    return this.#rest === undefined ? undefined : this.place.now() - this.#rest.since;
  }

  /** From now on the VM waits for the host. @param giveWay Called when somebody else wants the slot. */
  rest(giveWay: () => void): void {
    this.#rest = { since: this.place.now(), giveWay };
    this.place.rested();
  }

  /** The VM can't be put away this time. */
  decline(): void {
    if (!this.#isAsked) return;
    this.stir();
    this.place.declined();
  }

  /** The VM is needed again. */
  stir(): void {
    this.#rest = undefined;
    this.#isAsked = false;
  }

  ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#rest?.giveWay();
  }

  release(): void {
    this.#rest = undefined;
    this.place.released();
  }
}

interface Waiting {
  readonly resolve: (slot: VmSlot) => void;
  readonly leave: () => void;
}

/** A VM that rests shorter than this is needed again sooner than it could be put away and brought back. */
const PATIENCE_MS = 20;
