/**
 * Sleepers is the runs that sleep without a process, found by what wakes them: the time at which they are due, or the
 * event that they wait for. Looking for those that are due costs what is found, however many others sleep.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import type { EventName } from '../host/host-call.js';
import { rowKey, rowValue } from '../session/index-walk.js';
import { RecordReader } from '../session/record-reader.js';
import { FAMILY, key, prefixRange, timeRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';

/** Sleep is what a run that sleeps waits for: whichever comes first. Without any of it, somebody has to resume it. */
export interface Sleep {
  /** Milliseconds since the epoch. */
  readonly at: number | null;
  readonly events: readonly EventName[];
}

const VERSION = 1;

export class Sleepers {
  constructor(private readonly backend: Backend) {}

  /** What a run waits for; `undefined` when it does not sleep. */
  async get(run: string): Promise<Sleep | undefined> {
    const bytes = await this.backend.get(sleepKey(run));
    return bytes === undefined ? undefined : decodeSleep(bytes);
  }

  /** Whether all is there that wakes a run which sleeps. */
  async isLaid(run: string): Promise<boolean> {
    const sleep = await this.get(run);
    if (sleep === undefined) return false;
    const { at, events } = sleep;
    if (at !== null) return (await this.backend.get(dueKey(run, at))) !== undefined;
    const waits = await Promise.all(events.map((event) => this.backend.get(waitKey(event))));
    return waits.every((bytes) => bytes !== undefined && listenersOf(bytes).includes(run));
  }

  /**
   * Lets those who send events know of a run that is about to sleep. What was sent before can be seen from now on; what
   * is sent afterwards wakes the run.
   */
  async listen(run: string, events: readonly EventName[]): Promise<void> {
    if (events.length === 0) return;
    await transact(this.backend, async (tx) => {
      for (const event of events) {
        const listening = await listeners(tx, event);
        if (!listening.includes(run)) putListeners(tx, event, [...listening, run]);
      }
    });
  }

  /** Lays a run down that listens to its events; one that came meanwhile makes the run due `now`. */
  async lay(tx: Transaction, run: string, sleep: Sleep, now: number): Promise<void> {
    let { at } = sleep;
    for (const event of sleep.events) if (!(await listeners(tx, event)).includes(run)) at = now;
    put(tx, run, { ...sleep, at });
  }

  /** Gets a run up; it may not have slept. */
  async raise(tx: Transaction, run: string): Promise<void> {
    const sleep = await read(tx, run);
    if (sleep === undefined) return;
    remove(tx, run, sleep);
    for (const event of sleep.events) {
      const listening = await listeners(tx, event);
      if (listening.includes(run)) {
        putListeners(
          tx,
          event,
          listening.filter((other) => other !== run),
        );
      }
    }
  }

  /** Makes the runs that listen to an event due; part of the change that sends it. */
  async wake(tx: Transaction, event: EventName, now: number): Promise<void> {
    const listening = await listeners(tx, event);
    if (listening.length === 0) return;
    for (const run of listening) {
      const sleep = await read(tx, run);
      // One that is about to sleep finds that it is not among the listeners any more.
      if (sleep === undefined || (sleep.at !== null && sleep.at <= now)) continue;
      remove(tx, run, sleep);
      put(tx, run, { ...sleep, at: now });
    }
    putListeners(tx, event, []);
  }

  /** Ids of the runs that are due, the one that has been for longest first. */
  async due(now: number, limit = Number.POSITIVE_INFINITY): Promise<string[]> {
    const range = timeRange(key(FAMILY.runDue), undefined, now + 1);
    const rows = await this.backend.range(
      limit === Number.POSITIVE_INFINITY ? range : { ...range, limit },
    );
    return rows.map(({ value }) => Buffer.from(value).toString());
  }

  /** When the next run is due, in milliseconds since the epoch; `undefined` when none ever is by time. */
  async nextDue(): Promise<number | undefined> {
    const [first] = await this.backend.range({ ...prefixRange(key(FAMILY.runDue)), limit: 1 });
    if (first === undefined) return undefined;
    return (await this.get(Buffer.from(first.value).toString()))?.at ?? undefined;
  }
}

async function read(tx: Transaction, run: string): Promise<Sleep | undefined> {
  const bytes = await tx.get(sleepKey(run));
  return bytes === undefined ? undefined : decodeSleep(bytes);
}

function put(tx: Transaction, run: string, sleep: Sleep): void {
  tx.put(sleepKey(run), encodeSleep(sleep));
  if (sleep.at !== null) tx.put(dueKey(run, sleep.at), rowValue(run));
}

function remove(tx: Transaction, run: string, { at }: Sleep): void {
  tx.remove(sleepKey(run));
  if (at !== null) tx.remove(dueKey(run, at));
}

async function listeners(tx: Transaction, event: EventName): Promise<readonly string[]> {
  const bytes = await tx.get(waitKey(event));
  return bytes === undefined ? [] : listenersOf(bytes);
}

function listenersOf(bytes: Uint8Array): readonly string[] {
  return decodeRecord(bytes) as readonly string[];
}

function putListeners(tx: Transaction, event: EventName, runs: readonly string[]): void {
  if (runs.length === 0) tx.remove(waitKey(event));
  else tx.put(waitKey(event), encodeRecord(runs));
}

function encodeSleep({ at, events }: Sleep): Uint8Array {
  const names = events.flatMap(({ session, name }) => [session, name]);
  return encodeRecord({ v: VERSION, at, events: names });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
function decodeSleep(bytes: Uint8Array): Sleep {
  const fields = RecordReader.open('sleep', VERSION, bytes);
  const names = fields.texts('events');
  const events: EventName[] = [];
  for (let i = 0; i + 1 < names.length; i += 2) {
    events.push({ session: names[i] as string, name: names[i + 1] as string });
  }
  return { at: fields.integerOrNull('at'), events };
}

function sleepKey(run: string): Key {
  return key(FAMILY.runSleep, run);
}

function dueKey(run: string, at: number): Key {
  return rowKey(key(FAMILY.runDue), at, run);
}

function waitKey({ session, name }: EventName): Key {
  return key(FAMILY.runWait, session, name);
}
