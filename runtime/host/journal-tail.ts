/**
 * JournalTail is the recorded part of a run that Lua has still to go through: each call is compared with its entry and
 * answered from it, and the answers of waiting calls come in the order in which Lua saw them the first time.
 */
import { SpellError } from '../base/errors.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { CallIntent, CallOutcome, CallSite } from '../journal/journal-event.js';

/** RecordedCall is an outcome with its place in the journal. */
export interface RecordedCall {
  readonly seq: number;
  readonly event: CallOutcome;
}

/** RecordedIntent is a call that left, with its place in the journal. */
export interface RecordedIntent {
  readonly seq: number;
  readonly event: CallIntent;
}

/** ActualCall is what the script does now, for comparison. */
export interface ActualCall extends CallSite {
  /** Canonical arguments. */
  readonly args: string;
  readonly where: string | undefined;
}

/**
 * How a script can part from its record: it `missing`ly never made a recorded call, made an `extra` one, made them in
 * another order (`reordered`), made another call (`name`), or the same with other arguments (`input`).
 */
export type DivergenceClass = 'missing' | 'extra' | 'reordered' | 'name' | 'input';

export interface Divergence {
  /** Entry of the journal; the one behind the last for an extra call. */
  readonly seq: number;
  readonly branch: string;
  readonly class: DivergenceClass;
  readonly recorded: RecordedCall | undefined;
  readonly actual: ActualCall | undefined;
}

interface Place {
  readonly call: RecordedCall;
  isTaken: boolean;
  deliver: (() => void) | undefined;
}

export class JournalTail {
  /** The last entry that the tail knows of. */
  readonly lastSeq: number;
  readonly #places: Place[] = [];
  readonly #bySite = new Map<string, Place>();
  readonly #intents = new Map<string, RecordedIntent>();
  readonly #over: (() => void)[] = [];
  #position = 0;
  #outputs = 0;

  constructor(entries: readonly JournalEntry[]) {
    this.lastSeq = entries.at(-1)?.seq ?? 0;
    for (const { seq, event } of entries) {
      if (event.type === 'end' || event.type === 'checkpoint') {
        this.#outputs = Math.max(this.#outputs, event.outputs ?? 0);
      }
      if (event.type === 'intent') this.#intents.set(siteName(event), { seq, event });
      if (event.type !== 'call') continue;
      // A call that was refused, and asked again when the run had gone on.
      const before = this.#bySite.get(siteName(event));
      if (before !== undefined) this.#places.splice(this.#places.indexOf(before), 1);
      const place: Place = { call: { seq, event }, isTaken: false, deliver: undefined };
      this.#places.push(place);
      this.#bySite.set(siteName(event), place);
      this.#intents.delete(siteName(event));
    }
  }

  /** Calls that were answered from the record so far. */
  get verified(): number {
    return this.#places.filter((place) => place.isTaken).length;
  }

  /** True when every recorded call was answered: from here on the run is new. */
  get isOver(): boolean {
    return this.#position === this.#places.length;
  }

  /** Resolves when the tail is over. */
  whenOver(): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#over.push(resolve);
    });
  }

  /** The most outputs that any entry knows of: those were written before. */
  get outputs(): number {
    const last = this.#places.at(-1)?.call.event.outputs ?? 0;
    const left = [...this.#intents.values()].map(({ event }) => event.outputs);
    return Math.max(last, this.#outputs, ...left);
  }

  /** The intent of a call that left and whose answer was never seen. */
  unanswered(site: CallSite): RecordedIntent | undefined {
    return this.#intents.get(siteName(site));
  }

  /** The recorded call that was not made; `undefined` when all were. */
  firstMissing(): RecordedCall | undefined {
    return this.#places.find((place) => !place.isTaken)?.call;
  }

  /**
   * The entry of a call that the script makes now; `undefined` when there is none.
   *
   * @returns A divergence when the entry is of another call.
   */
  take(actual: ActualCall): RecordedCall | Divergence | undefined {
    const place = this.#bySite.get(siteName(actual));
    if (place === undefined) return undefined;
    const { call } = place;
    if (call.event.op !== actual.op || call.event.digest !== actual.digest) {
      return this.#compare(call, actual);
    }
    place.isTaken = true;
    if (!call.event.waited) this.#advance();
    return call;
  }

  /**
   * Resolves when it is the turn of a waiting call's answer.
   *
   * @param take Called at that moment, in the order of the record.
   */
  turnOf(call: RecordedCall, take: () => void): Promise<void> {
    const place = this.#bySite.get(siteName(call.event));
    return new Promise((resolve) => {
      if (place === undefined) return resolve();
      place.deliver = () => {
        take();
        resolve();
      };
      this.#advance();
    });
  }

  /** The call on record that the others wait for; `undefined` when it was made, or when the tail is over. */
  get awaited(): RecordedCall | undefined {
    const place = this.#places[this.#position];
    return place?.isTaken === false ? place.call : undefined;
  }

  #advance(): void {
    for (;;) {
      const place = this.#places[this.#position];
      if (place === undefined || !place.isTaken) break;
      if (place.call.event.waited && place.deliver === undefined) break;
      place.deliver?.();
      this.#position += 1;
    }
    if (this.isOver) for (const resolve of this.#over.splice(0)) resolve();
  }

  #compare(recorded: RecordedCall, actual: ActualCall): Divergence {
    const { seq } = recorded;
    const common = { seq, branch: actual.branch, recorded, actual };
    const isElsewhere = this.#places.some(
      ({ isTaken, call: { event } }) =>
        !isTaken &&
        event.branch === actual.branch &&
        event.op === actual.op &&
        event.digest === actual.digest,
    );
    if (isElsewhere) return { ...common, class: 'reordered' };
    return { ...common, class: recorded.event.op === actual.op ? 'input' : 'name' };
  }
}

export function isDivergence(found: RecordedCall | Divergence | undefined): found is Divergence {
  return found !== undefined && 'class' in found;
}

function siteName({ branch, ordinal }: CallSite): string {
  return `${branch}#${ordinal}`;
}

/** The error of a run that parted from its record. */
export function diverged(run: string, divergence: Divergence): SpellError {
  const { seq, recorded, actual } = divergence;
  return new SpellError(
    'REPLAY_DIVERGED',
    `run ${run} parts from its record at entry ${seq}: ${describe(divergence)}`,
    {
      hint: 'Check what the script reads that is not recorded, or whether it was changed.',
      details: {
        seq,
        branch: divergence.branch,
        class: divergence.class,
        ...(recorded === undefined ? {} : { recorded: describeSite(recorded.event) }),
        ...(actual === undefined ? {} : { actual: describeSite(actual) }),
      },
    },
  );
}

function describe({ class: kind, recorded, actual }: Divergence): string {
  const [then, now] = [recorded?.event.op, actual?.op];
  switch (kind) {
    case 'missing':
      return `the recorded call ${then} is not made any more`;
    case 'extra':
      return `${now} is called and was not recorded`;
    case 'reordered':
      return `${now} is called where ${then} was recorded, and comes later in the record`;
    case 'name':
      return `${now} is called where ${then} was recorded`;
    case 'input':
      return `${now} is called with other arguments`;
  }
}

function describeSite({ op, where }: { op: string; where: string | undefined }): string {
  return where === undefined ? op : `${op} at ${where}`;
}
