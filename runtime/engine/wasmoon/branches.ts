/**
 * Branches is the Lua threads that the host drives: who waits for which call, who started whom, and which of them run
 * next. A branch that has started others waits until one of them ends, and so on until all have.
 */

/** Branch is one of them, anchored in Lua's registry while it lives. */
export type Branch = {
  readonly id: number;
  readonly thread: number;
  readonly anchor: number;
  /** `0` when the host started it, `0.1` for the first one that this one started: never a matter of timing. */
  readonly path: string;
  /** The branch that waits for it. */
  readonly parent: number | undefined;
  /** How many others it has started. */
  started: number;
  /** The host call that it waits for. */
  call: number | undefined;
};

const ROOT_PATH = '0';

/** What a photograph remembers of it: plain data. */
export type BranchesState = {
  readonly branches: readonly Branch[];
  /** Ids of those that are ready. */
  readonly ready: readonly number[];
  readonly next: number;
  /** Calls that wait, each with the bytes that it holds. */
  readonly held: readonly (readonly [call: number, bytes: number])[];
};

/** What a call that waits takes besides its arguments, in bytes. */
const CALL_BYTES = 1024;

export class Branches {
  /** The one that runs; between turns, the one that ran last. */
  #current: Branch | undefined;
  readonly #byId = new Map<number, Branch>();
  readonly #byCall = new Map<number, Branch>();
  /** Those that have something to do in this turn, in order. */
  readonly #ready = new Set<Branch>();
  #next = 0;
  readonly #held = new Map<number, number>();
  #heldBytes = 0;

  /** Bytes that the host holds for calls that wait. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Counts what the host holds for a call until its outcome is there. */
  hold(call: number, argumentBytes: number): void {
    const bytes = argumentBytes + CALL_BYTES;
    this.#held.set(call, bytes);
    this.#heldBytes += bytes;
  }

  /** The id of the branch that runs. */
  get id(): number {
    return this.#current?.id ?? 0;
  }

  /** The thread of the branch that runs, as long as no coroutine of it does. */
  get thread(): number | undefined {
    return this.#current?.thread;
  }

  /** The path of the branch that runs. */
  get path(): string {
    return this.#current?.path ?? ROOT_PATH;
  }

  /** Id of the branch that is added next. */
  get nextId(): number {
    return this.#next;
  }

  /** How many branches stand one above the other at the running one; 1 for one of the host. */
  get depth(): number {
    return this.path.split('.').length;
  }

  /** Takes a thread that the host has made. */
  add(thread: number, anchor: number): Branch {
    return this.#add({ thread, anchor, path: ROOT_PATH, parent: undefined });
  }

  /** Takes a thread that the running branch has made: it runs once that one waits. */
  start(thread: number, anchor: number): void {
    const parent = this.#current as Branch;
    parent.started += 1;
    const path = `${parent.path}.${parent.started}`;
    this.#ready.add(this.#add({ thread, anchor, path, parent: parent.id }));
  }

  #add(made: Pick<Branch, 'thread' | 'anchor' | 'path' | 'parent'>): Branch {
    const branch = { ...made, id: this.#next, started: 0, call: undefined };
    this.#next += 1;
    this.#byId.set(branch.id, branch);
    return branch;
  }

  /** Makes a branch the one that runs. */
  enter(branch: Branch): void {
    this.#current = branch;
  }

  /** The branch that runs next in this turn. */
  nextReady(): Branch | undefined {
    for (const branch of this.#ready) {
      this.#ready.delete(branch);
      return branch;
    }
    return undefined;
  }

  wait(branch: Branch, call: number): void {
    branch.call = call;
    this.#byCall.set(call, branch);
  }

  /** Whether a call was made that has no outcome so far. */
  isOpen(call: number): boolean {
    return this.#held.has(call);
  }

  /** The branch that waits for a call, which waits no more. */
  answered(call: number): Branch | undefined {
    this.#heldBytes -= this.#held.get(call) ?? 0;
    this.#held.delete(call);
    const branch = this.#byCall.get(call);
    this.#byCall.delete(call);
    if (branch !== undefined) branch.call = undefined;
    return branch;
  }

  /** Lets a branch go on in this turn that waits for another one. */
  wake(id: number): void {
    const branch = this.#byId.get(id);
    if (branch !== undefined && branch.call === undefined) this.#ready.add(branch);
  }

  /** Forgets a branch that has ended; the one that started it goes on in this turn. */
  end(branch: Branch): void {
    this.#byId.delete(branch.id);
    const parent = branch.parent === undefined ? undefined : this.#byId.get(branch.parent);
    if (parent !== undefined) this.#ready.add(parent);
  }

  /** The branch of the host that it belongs to. */
  rootOf(branch: Branch): Branch {
    let root = branch;
    while (root.parent !== undefined) root = this.#byId.get(root.parent) as Branch;
    return root;
  }

  clear(): void {
    this.#byId.clear();
    this.#byCall.clear();
    this.#ready.clear();
    this.#held.clear();
    this.#heldBytes = 0;
  }

  get state(): BranchesState {
    return {
      branches: [...this.#byId.values()],
      ready: [...this.#ready].map(({ id }) => id),
      next: this.#next,
      held: [...this.#held],
    };
  }

  restore({ branches, ready, next, held }: BranchesState): void {
    for (const kept of branches) {
      // What is undefined is left out of a record.
      const branch = { ...kept, parent: kept.parent, call: kept.call };
      this.#byId.set(branch.id, branch);
      if (branch.call !== undefined) this.#byCall.set(branch.call, branch);
    }
    for (const id of ready) this.#ready.add(this.#byId.get(id) as Branch);
    this.#next = next;
    for (const [call, bytes] of held) this.#held.set(call, bytes);
    this.#heldBytes = held.reduce((sum, [, bytes]) => sum + bytes, 0);
  }
}
