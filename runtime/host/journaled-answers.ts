/**
 * JournaledAnswers takes answers from the record as long as there is one, and afterwards performs calls and writes down
 * what came of them. The promise that it keeps: an answered call is never made or paid again; a call that was in flight
 * when the process died is settled by its effect.
 */
import { SpellError, toSpellError } from '../base/errors.js';
import type { ContentStore } from '../content/content-store.js';
import { Abandon, type HostResult } from '../engine/engine.js';
import type { Hash } from '../journal/journal-entry.js';
import type {
  CallOutcome,
  CallSite,
  RecordedOutcome,
  RecordWrite,
} from '../journal/journal-event.js';
import { readPayload } from '../journal/journal-reader.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { Transaction } from '../storage/transaction.js';
import { isFinal, keep, keepSafe } from './final-error.js';
import {
  type Answers,
  type CallContext,
  type CallRequest,
  type CheckpointLabel,
  perform,
} from './host-call.js';
import {
  type Divergence,
  diverged,
  isDivergence,
  type JournalTail,
  type RecordedCall,
} from './journal-tail.js';
import { type OnUnknown, settle } from './lost-answer.js';
import {
  decodeError,
  decodeResult,
  describeArguments,
  encodeError,
  encodeResult,
} from './payload.js';
import { watchRecords } from './watched-records.js';

export interface JournaledAnswersOptions {
  readonly run: string;
  /** Part of every idempotency key: another one in a fork. */
  readonly generation: number;
  readonly hash: Hash;
  readonly contents: ContentStore;
  readonly tail: JournalTail;
  /** Absent while a run is only replayed: what the record does not hold is a divergence then. */
  readonly writer: JournalWriter | undefined;
  readonly onUnknown: OnUnknown;
  /** Asks for a checkpoint with a label; resolves with its entry. */
  readonly requestCheckpoint?: ((label: CheckpointLabel) => Promise<number>) | undefined;
  readonly now: () => number;
  /** Outputs that the run had made at the checkpoint that it goes on from; 0 when absent. */
  readonly outputs?: number | undefined;
  /** Without a writer: the end of the record is the end of the run, and no divergence. */
  readonly endsWithRecord?: boolean | undefined;
  readonly onDivergence?: ((divergence: Divergence) => void) | undefined;
  /** For forks: between the ids that the script holds and those of its own records. */
  readonly ids?: IdTranslation | undefined;
}

export interface IdTranslation {
  toOwn(args: unknown): unknown;
  toScript(result: HostResult): HostResult;
}

/** Code of the error that ends the replay of a run which has more to do than its record tells. */
export const END_OF_RECORD = 'END_OF_RECORD';

interface LiveCall extends CallSite {
  readonly request: CallRequest;
  readonly args: string;
  readonly startedAt: number;
}

export class JournaledAnswers implements Answers {
  readonly #options: JournaledAnswersOptions;
  /** Outputs up to this one were written before a crash. */
  readonly #knownOutputs: number;
  /** Outputs that the script has asked for, and the last one that was made. */
  #outputs: number;
  #written: number;
  /** Entries of the calls that have left and are not answered. */
  readonly #intents = new Set<number>();
  /** Answers that are recorded and that Lua has not got yet. */
  #unheard = 0;

  constructor(options: JournaledAnswersOptions) {
    this.#options = options;
    this.#outputs = options.outputs ?? 0;
    this.#written = this.#outputs;
    this.#knownOutputs = options.writer === undefined ? 0 : options.tail.outputs;
  }

  /** True when Lua has every answer that is recorded: its memory is that of the place where the journal ends. */
  get isCurrent(): boolean {
    return this.#options.tail.isOver && this.#unheard === 0;
  }

  /** Entries of the calls that have left and are not answered yet. */
  get intents(): readonly number[] {
    return [...this.#intents];
  }

  /** Outputs that the run has made so far: one that waits for what it depends on is not among them. */
  get outputs(): number {
    return Math.max(this.#written, Math.min(this.#outputs, this.#knownOutputs));
  }

  answer(request: CallRequest): HostResult | Promise<HostResult> {
    const { operation, args } = request;
    if (operation.kind === 'pure') return this.#perform(request);
    if (operation.kind === 'output') return this.#output(request);
    const { hash, tail } = this.#options;
    const { text, digest } = describeArguments(operation, args, hash);
    const { branch, ordinal } = request.call;
    const site = { branch, ordinal, op: operation.op, digest };
    const found = tail.take({ ...site, args: text, where: request.call.where });
    if (isDivergence(found)) throw this.#diverge(found);
    if (found !== undefined) return this.#fromRecord(found, request);
    const live = { ...site, request, args: text, startedAt: this.#options.now() };
    if (tail.isOver) return this.#live(live);
    if (!operation.waits) throw this.#extra(live);
    return tail.whenOver().then(() => this.#live(live));
  }

  #perform(request: CallRequest): HostResult | Promise<HostResult> {
    const { operation, args, call } = request;
    return operation.perform(
      args,
      this.#context(call, '', async () => undefined),
    );
  }

  /** Nothing is said before what it depends on is safe, and nothing twice. */
  #output(request: CallRequest): HostResult | Promise<HostResult> {
    this.#outputs += 1;
    if (this.#outputs <= this.#knownOutputs) return undefined;
    const { writer } = this.#options;
    const position = this.#outputs;
    const perform = () => {
      const result = this.#perform(request);
      this.#written = position;
      return result;
    };
    if (writer === undefined || writer.isSafe) return perform();
    return keepSafe(writer).then(perform);
  }

  // From the record.

  #fromRecord(found: RecordedCall, { notes }: CallRequest): HostResult | Promise<HostResult> {
    const { event } = found;
    notes.patch = this.#own(event.state);
    notes.announced = [...event.announced];
    return event.waited ? this.#recordedInTurn(found) : this.#recordedNow(event);
  }

  /** What is kept apart is read before it is its turn, so that answers keep their order. */
  async #recordedInTurn(found: RecordedCall): Promise<HostResult> {
    const [answer] = await Promise.allSettled([this.#recorded(found.event.outcome)]);
    await this.#options.tail.turnOf(found);
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }

  #recordedNow({ outcome }: CallOutcome): HostResult {
    if (!outcome.ok) throw decodeError(outcome.error);
    if ('inline' in outcome.value) return decodeResult(outcome.value.inline);
    throw new SpellError('INTERNAL', 'an answer that was given at once is not in its entry');
  }

  async #recorded(outcome: RecordedOutcome): Promise<HostResult> {
    if (!outcome.ok) throw decodeError(outcome.error);
    try {
      return decodeResult(await readPayload(this.#options.contents, outcome.value));
    } catch (thrown) {
      // The script got an answer here: an error in its place would be a lie that it could act on.
      throw new Abandon(toSpellError(thrown));
    }
  }

  // Live.

  #live(live: LiveCall): HostResult | Promise<HostResult> {
    const { writer } = this.#options;
    if (writer === undefined) throw this.#extra(live);
    switch (live.request.operation.kind) {
      case 'store':
        return this.#store(live, writer);
      case 'external':
        return this.#external(live, writer);
      default:
        return this.#read(live, writer);
    }
  }

  #read(live: LiveCall, writer: JournalWriter): HostResult | Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    const context = this.#context(call, '', refuseCommit);
    const record = (result: HostResult, waited: boolean): HostResult => {
      const bytes = this.#encode(result);
      writer.add(this.#event(live, { ok: true, value: { inline: bytes } }, { waited }));
      return decodeResult(bytes);
    };
    const fail = (thrown: unknown, waited: boolean): never => {
      this.#recordFailure(live, writer, thrown, waited);
      throw thrown;
    };
    try {
      const result = perform(operation, args, context);
      if (!(result instanceof Promise)) return record(result, false);
      return result.then(
        (later) => record(later, true),
        (thrown) => fail(thrown, true),
      );
    } catch (thrown) {
      return fail(thrown, false);
    }
  }

  async #store(live: LiveCall, writer: JournalWriter): Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    let bytes: Uint8Array | undefined;
    const commit: CallContext['commit'] = async (change, conclude) => {
      const concluded = { result: undefined as HostResult };
      let writes: RecordWrite[] = [];
      const watched = (transaction: Transaction) => {
        writes = [];
        return change(watchRecords(transaction, writes));
      };
      await writer.commitWith(watched, (made) => {
        // The commit may have to be tried again.
        live.request.notes.announced = [];
        concluded.result = conclude(made);
        bytes = this.#encode(concluded.result);
        return this.#event(live, { ok: true, value: { inline: bytes } }, { writes });
      });
      return concluded.result;
    };
    try {
      const result = await perform(operation, args, this.#context(call, '', commit));
      if (bytes !== undefined) return decodeResult(bytes);
      // Nothing had to be changed: the answer is recorded like one that was read.
      bytes = this.#encode(result);
      writer.add(this.#event(live, { ok: true, value: { inline: bytes } }));
      return decodeResult(bytes);
    } catch (thrown) {
      if (bytes === undefined) this.#recordFailure(live, writer, thrown);
      throw thrown;
    }
  }

  async #external(live: LiveCall, writer: JournalWriter): Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    const key = this.#key(live);
    const earlier = this.#options.tail.unanswered(live);
    let intent = earlier?.seq ?? 0;
    try {
      // A call that had left already was allowed to.
      if (earlier === undefined && operation.admit !== undefined) await operation.admit(args, call);
      intent ||= writer.nextSeq;
      this.#intents.add(intent);
      const effect = operation.effect?.(args) ?? 'unsafe';
      if (earlier === undefined) {
        const { branch, ordinal, op, digest } = live;
        const left = { type: 'intent', branch, ordinal, op, digest, effect, key } as const;
        writer.add({ ...left, outputs: this.outputs });
      }
      await keepSafe(writer);
      const known =
        earlier === undefined
          ? undefined
          : await settle({ operation, args, effect, key }, this.#options.onUnknown);
      const context = this.#context(call, key, refuseCommit);
      const result = known === undefined ? await operation.perform(args, context) : known.result;
      const bytes = this.#encode(result);
      const possiblyBilledTwice = earlier !== undefined && known === undefined && effect === 'paid';
      writer.add(
        this.#event(live, { ok: true, value: { inline: bytes } }, { possiblyBilledTwice }),
      );
      await this.#keepAnswer(writer);
      return decodeResult(bytes);
    } catch (thrown) {
      if (this.#recordFailure(live, writer, thrown)) await this.#keepAnswer(writer);
      throw thrown;
    } finally {
      this.#intents.delete(intent);
    }
  }

  /** Commits an answer that Lua gets afterwards. */
  async #keepAnswer(writer: JournalWriter): Promise<void> {
    this.#unheard += 1;
    try {
      await keep(writer);
    } finally {
      this.#unheard -= 1;
    }
  }

  #event(
    live: LiveCall,
    outcome: RecordedOutcome,
    { waited = true, possiblyBilledTwice = false, writes = NO_WRITES } = {},
  ): CallOutcome {
    const { branch, ordinal, op, digest, args, startedAt, request } = live;
    const { operation, call, notes } = request;
    return {
      type: 'call',
      branch,
      ordinal,
      op,
      digest,
      kind: operation.kind as CallOutcome['kind'],
      args: { inline: Buffer.from(args) },
      outcome,
      startedAt,
      durationMs: Math.max(0, this.#options.now() - startedAt),
      where: call.where,
      state: notes.patch,
      announced: notes.announced,
      writes,
      waited,
      outputs: this.outputs,
      ...(possiblyBilledTwice ? { possiblyBilledTwice } : {}),
    };
  }

  /** Records an error that Lua will see; the end of the run itself is none. */
  #recordFailure(live: LiveCall, writer: JournalWriter, thrown: unknown, waited = true): boolean {
    if (live.request.call.signal.aborted || isFinal(thrown)) return false;
    live.request.notes.patch = undefined;
    live.request.notes.announced = [];
    const outcome = { ok: false, error: encodeError(toSpellError(thrown)) } as const;
    writer.add(this.#event(live, outcome, { waited }));
    return true;
  }

  #context(
    call: CallRequest['call'],
    key: string,
    commit: (...args: Parameters<CallContext['commit']>) => Promise<HostResult>,
  ): CallContext {
    const checkpoint = async (label: CheckpointLabel) => this.#options.requestCheckpoint?.(label);
    return { ...call, key, commit, checkpoint } as CallContext;
  }

  /** The same for every attempt at one call, different for each call, run and generation of forks. */
  #key({ branch, ordinal }: CallSite): string {
    const { run, generation, hash } = this.#options;
    const text = `${run}\0${branch}\0${ordinal}\0${generation}`;
    return Buffer.from(hash(Buffer.from(text)))
      .toString('hex')
      .slice(0, 32);
  }

  #own<T>(args: T): T {
    return this.#options.ids === undefined ? args : (this.#options.ids.toOwn(args) as T);
  }

  #encode(result: HostResult): Uint8Array {
    return encodeResult(this.#options.ids?.toScript(result) ?? result);
  }

  #extra(live: LiveCall): Error {
    if (this.#options.endsWithRecord === true) {
      return new Abandon(new SpellError(END_OF_RECORD, 'the record of the run ends here'));
    }
    const actual = { ...live, where: live.request.call.where };
    return this.#diverge({
      seq: this.#options.tail.lastSeq + 1,
      branch: live.branch,
      class: 'extra',
      recorded: undefined,
      actual,
    });
  }

  #diverge(divergence: Divergence): Error {
    this.#options.onDivergence?.(divergence);
    return new Abandon(diverged(this.#options.run, divergence));
  }
}

const NO_WRITES: readonly RecordWrite[] = [];

async function refuseCommit(): Promise<never> {
  throw new SpellError('INTERNAL', 'only calls of kind "store" change records');
}
