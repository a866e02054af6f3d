/**
 * Compares two runs call by call: aligned by branch and position, the first difference shows where they part. Ids that
 * each run made for itself are no difference, and neither is how long a tool took.
 */
import { canonicalJson } from '../base/canonical-json.js';
import type { HostValue } from '../base/value.js';
import type { ContentStore } from '../content/content-store.js';
import { Results } from '../engine/engine.js';
import { decodeResult } from '../engine/result-bytes.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { CallOutcome, Payload } from '../journal/journal-event.js';
import { readPayload } from '../journal/journal-reader.js';

/** RunDifference is one call that is not the same in both runs. */
export interface RunDifference {
  readonly branch: string;
  readonly ordinal: number;
  /** `only left`, `only right`; `call` when another was made; `input` or `result` when those differ. */
  readonly kind: 'only left' | 'only right' | 'call' | 'input' | 'result';
  readonly left: CallOutcome | undefined;
  readonly right: CallOutcome | undefined;
}

/** @throws SpellError `ARTIFACT_CORRUPT` when a long payload can't be read. */
export async function compareRuns(
  contents: ContentStore,
  left: readonly JournalEntry[],
  right: readonly JournalEntry[],
): Promise<RunDifference[]> {
  const [calls, others] = [callsOf(left), callsOf(right)];
  const comparison = new Comparison(contents);
  const differences: RunDifference[] = [];
  for (const site of new Set([...calls.keys(), ...others.keys()])) {
    const [one, other] = [calls.get(site), others.get(site)];
    const { branch, ordinal } = (one ?? other) as CallOutcome;
    const kind = await comparison.differenceOf(one, other);
    if (kind !== undefined) differences.push({ branch, ordinal, kind, left: one, right: other });
  }
  return differences;
}

function callsOf(entries: readonly JournalEntry[]): Map<string, CallOutcome> {
  const calls = new Map<string, CallOutcome>();
  for (const { event } of entries) {
    if (event.type === 'call') calls.set(`${event.branch}#${event.ordinal}`, event);
  }
  return calls;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const IS_UUID = new RegExp(`^${UUID.source}$`);

const CHECKPOINT = 'session.checkpoint';

/** Comparison knows which ids of the right run stand for which of the left one. */
class Comparison {
  readonly #ids = new Map<string, string>();

  constructor(private readonly contents: ContentStore) {}

  async differenceOf(
    left: CallOutcome | undefined,
    right: CallOutcome | undefined,
  ): Promise<RunDifference['kind'] | undefined> {
    if (left === undefined) return 'only right';
    if (right === undefined) return 'only left';
    if (left.op !== right.op) return 'call';
    const isSameOutcome = await this.#isSameOutcome(left, right);
    if (left.digest !== right.digest && !(await this.#isSameText(left.args, right.args))) {
      return 'input';
    }
    return isSameOutcome ? undefined : 'result';
  }

  async #isSameText(left: Payload, right: Payload): Promise<boolean> {
    if (isSameContent(left, right)) return true;
    const [one, other] = [await this.#read(left), await this.#read(right)];
    return Buffer.from(one).toString() === this.#asLeft(Buffer.from(other).toString());
  }

  async #isSameOutcome(one: CallOutcome, { outcome: b }: CallOutcome): Promise<boolean> {
    const { outcome: a, kind, op } = one;
    if (!a.ok || !b.ok) {
      return !a.ok && !b.ok && a.error.code === b.error.code && a.error.message === b.error.message;
    }
    // It answers its own place in the journal.
    if (op === CHECKPOINT || isSameContent(a.value, b.value)) return true;
    const [left, right] = [
      resultOf(await this.#read(a.value)),
      resultOf(await this.#read(b.value)),
    ];
    // What changes our own records answers with the ids of what it made.
    if (kind === 'store') this.#pair(left, right);
    return canonicalJson(left) === this.#asLeft(canonicalJson(right));
  }

  #read(payload: Payload): Promise<Uint8Array> {
    return readPayload(this.contents, payload);
  }

  /** Notes the ids that stand in the same places. */
  #pair(left: HostValue, right: HostValue): void {
    if (typeof left === 'string' && typeof right === 'string') {
      if (IS_UUID.test(left) && IS_UUID.test(right)) this.#ids.set(right, left);
    } else if (Array.isArray(left) && Array.isArray(right)) {
      for (const [at, item] of left.entries()) this.#pair(item, right[at]);
    }
  }

  #asLeft(text: string): string {
    return text.replace(UUID, (id) => this.#ids.get(id) ?? id);
  }
}

function isSameContent(left: Payload, right: Payload): boolean {
  return 'ref' in left && 'ref' in right && left.ref === right.ref;
}

/** The values that the script got, without the time that a tool took. */
function resultOf(bytes: Uint8Array): HostValue[] {
  const result = decodeResult(bytes);
  const values = result instanceof Results ? result.values : [result];
  return values.map((value) =>
    value instanceof Map && value.has('duration_ms')
      ? new Map([...value].filter(([name]) => name !== 'duration_ms'))
      : value,
  );
}
