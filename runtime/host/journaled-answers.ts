/**
 * JournaledAnswers takes answers from the record as long as there is one, and afterwards performs calls and writes down
 * what came of them. The promise that it keeps: an answered call is never made or paid again; a call that was in flight
 * when the process died is settled by its effect.
 */
import { SpellError, toSpellError } from '../base/errors.js';
import type { ContentStore } from '../content/content-store.js';
import { Abandon, type HostResult } from '../engine/engine.js';
import { decodeResult, encodeResult } from '../engine/result-bytes.js';
import type { Hash } from '../journal/journal-entry.js';
import type {
  CallOutcome,
  CallSite,
  RecordedOutcome,
  RecordWrite,
} from '../journal/journal-event.js';
import type { JournalWriter } from '../journal/journal-writer.js';
import type { Transaction } from '../storage/transaction.js';
import { isFinal, keep, keepMuch, keepSafe } from './final-error.js';
import {
  type Answers,
  behindSlice,
  type CallContext,
  type CallRequest,
  type CheckpointLabel,
  inTurn,
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
import { Outputs } from './outputs.js';
import { ArgumentDescriber, encodeError, idempotencyKey, reread } from './payload.js';
import { answerNow, readAnswer } from './recorded-answer.js';
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
  /** Those of the arguments. */
  readonly bytes: Uint8Array;
  readonly where: string | undefined;
  readonly startedAt: number;
  /** True when it has been waiting for the end of the record, or of the slice of Lua that made it. */
  readonly isLate: boolean;
}

export class JournaledAnswers implements Answers {
  readonly #options: JournaledAnswersOptions;
  readonly #arguments: ArgumentDescriber;
  readonly #outputs: Outputs;
  /** Calls that the record does not hold, made before its end was reached, or in a replay. */
  readonly #late = new Set<LiveCall>();
  /** Entries of the calls that have left and are not answered. */
  readonly #intents = new Set<number>();

  readonly #checkpoint = async (label: CheckpointLabel) => this.#options.requestCheckpoint?.(label);

  constructor(options: JournaledAnswersOptions) {
    this.#options = options;
    this.#arguments = new ArgumentDescriber(options.hash);
    const known = options.writer === undefined ? 0 : options.tail.outputs;
    this.#outputs = new Outputs(options.outputs ?? 0, known);
  }

  /** True when Lua has every answer that was on record when it started: its memory is that of the record's end. */
  get isCurrent(): boolean {
    return this.#options.tail.isOver;
  }

  /** Entries of the calls that have left and are not answered yet. */
  get intents(): readonly number[] {
    return [...this.#intents];
  }

  /** Outputs that the run has made so far: one that waits for what it depends on is not among them. */
  get outputs(): number {
    return this.#outputs.made;
  }

  answer(request: CallRequest): HostResult | Promise<HostResult> {
    const { operation } = request;
    if (operation.kind === 'pure') return this.#perform(request);
    const { tail, writer } = this.#options;
    if (operation.kind === 'output') {
      return this.#outputs.make(() => this.#perform(request), writer, request);
    }
    const isLate = !tail.isOver;
    if (writer !== undefined && !isLate && request.sliceOver !== undefined) {
      return behindSlice(request, () => this.#live(this.#describe(request, true), writer));
    }
    const live = this.#describe(request, isLate);
    if (writer !== undefined && !isLate) return this.#live(live, writer);
    const found = tail.take(live);
    if (isDivergence(found)) throw this.#diverge(found);
    if (found !== undefined) return this.#fromRecord(found, request);
    if (!operation.waits) throw this.#extra(live);
    this.#late.add(live);
    // In a replay the other branches go on as far as the record tells, and then it has come to its end.
    if (writer === undefined) return new Promise(() => {});
    return behindSlice(request, () => tail.whenOver().then(() => this.#live(live, writer)));
  }

  #describe(request: CallRequest, isLate: boolean): LiveCall {
    const { operation, args, call } = request;
    const { branch, ordinal, where } = call;
    const { text, bytes, digest } = this.#arguments.describe(operation, args);
    const startedAt = this.#options.now();
    const { op } = operation;
    return { branch, ordinal, op, digest, request, args: text, bytes, where, startedAt, isLate };
  }

  /** While all branches wait, for each other or for the record to end, a call that was not made again never will be. */
  atRest(): void {
    const { tail, writer } = this.#options;
    const [late] = this.#late;
    if (tail.isOver && writer === undefined && late !== undefined) throw this.#extra(late);
    const recorded = tail.awaited;
    if (recorded === undefined) return;
    if (late !== undefined) throw this.#unknown(late);
    const { seq, event } = recorded;
    const { branch } = event;
    throw this.#diverge({ seq, branch, class: 'missing', recorded, actual: undefined });
  }

  #perform(request: CallRequest): HostResult | Promise<HostResult> {
    const { operation, args, call } = request;
    return operation.perform(
      args,
      this.#context(call, '', async () => undefined),
    );
  }

  // From the record.

  #fromRecord(found: RecordedCall, request: CallRequest): HostResult | Promise<HostResult> {
    const { notes, turns, call } = request;
    const { event } = found;
    notes.patch = this.#own(event.state);
    notes.announced = [...event.announced];
    if (!event.waited) return answerNow(event.outcome);
    const turn = this.#options.tail.turnOf(found, () => turns.take(call.seq));
    const read = () => readAnswer(this.#options.contents, event.outcome);
    return behindSlice(request, () => turn.then(read));
  }

  // Live.

  #live(live: LiveCall, writer: JournalWriter): HostResult | Promise<HostResult> {
    switch (live.request.operation.kind) {
      case 'store':
        return this.#store(live, writer);
      case 'external':
        return this.#external(live, writer);
      default:
        return inTurn(live.request, () => this.#read(live, writer));
    }
  }

  #read(live: LiveCall, writer: JournalWriter): HostResult | Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    const context = this.#context(call, '', refuseCommit);
    const record = (result: HostResult, waited: boolean): HostResult => {
      const said = this.#toScript(result);
      const bytes = encodeResult(said);
      this.#add(
        live,
        writer,
        this.#event(live, { ok: true, value: { inline: bytes } }, { waited }),
      );
      return reread(said, bytes);
    };
    const fail = (thrown: unknown, waited: boolean): never => {
      this.#recordFailure(live, writer, thrown, waited);
      throw thrown;
    };
    try {
      const result = perform(operation, args, context);
      if (!(result instanceof Promise)) return record(result, live.isLate);
      return result.then(
        (later) => keepMuch(writer, record(later, true)),
        (thrown) => fail(thrown, true),
      );
    } catch (thrown) {
      return fail(thrown, live.isLate);
    }
  }

  async #store(live: LiveCall, writer: JournalWriter): Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    const { turns } = live.request;
    let bytes: Uint8Array | undefined;
    const commit: CallContext['commit'] = async (change, conclude) => {
      // The run may sleep by now, in the belief that the call has changed nothing.
      if (call.signal.aborted) throw call.signal.reason;
      const concluded = { result: undefined as HostResult };
      let writes: RecordWrite[] = [];
      const watched = (transaction: Transaction) => {
        writes = [];
        return change(watchRecords(transaction, writes));
      };
      const eventOf = (made: Parameters<typeof conclude>[0]) => {
        // The commit may have to be tried again.
        live.request.notes.announced = [];
        concluded.result = conclude(made);
        bytes = encodeResult(this.#toScript(concluded.result));
        return this.#event(live, { ok: true, value: { inline: bytes } }, { writes });
      };
      try {
        await writer.commitWith(watched, eventOf, () => turns.take(call.seq));
      } catch (thrown) {
        bytes = undefined;
        turns.giveBack(call.seq);
        throw thrown;
      }
      return concluded.result;
    };
    try {
      const result = await perform(operation, args, this.#context(call, '', commit));
      if (bytes !== undefined) return decodeResult(bytes);
      // Nothing had to be changed: the answer is recorded like one that was read.
      bytes = encodeResult(this.#toScript(result));
      this.#add(live, writer, this.#event(live, { ok: true, value: { inline: bytes } }));
      return decodeResult(bytes);
    } catch (thrown) {
      if (bytes === undefined) this.#recordFailure(live, writer, thrown);
      throw thrown;
    }
  }

  async #external(live: LiveCall, writer: JournalWriter): Promise<HostResult> {
    const { operation, call } = live.request;
    const args = this.#own(live.request.args);
    const key = idempotencyKey(this.#options, live);
    const earlier = this.#options.tail.unanswered(live);
    let intent = earlier?.seq ?? 0;
    try {
      // A call that had left already was allowed to.
      if (earlier === undefined && operation.admit !== undefined) await operation.admit(args, call);
      const declared = operation.effect?.(args) ?? 'unsafe';
      const effect = declared instanceof Promise ? await declared : declared;
      intent ||= writer.nextSeq;
      this.#intents.add(intent);
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
      const bytes = encodeResult(this.#toScript(result));
      const possiblyBilledTwice = earlier !== undefined && known === undefined && effect === 'paid';
      const outcome = { ok: true, value: { inline: bytes } } as const;
      this.#add(live, writer, this.#event(live, outcome, { possiblyBilledTwice }));
      await keep(writer);
      return decodeResult(bytes);
    } catch (thrown) {
      if (this.#recordFailure(live, writer, thrown)) await keep(writer);
      throw thrown;
    } finally {
      this.#intents.delete(intent);
    }
  }

  #event(
    live: LiveCall,
    outcome: RecordedOutcome,
    { waited = true, possiblyBilledTwice = false, writes = NO_WRITES } = {},
  ): CallOutcome {
    const { branch, ordinal, op, digest, bytes, where, startedAt, request } = live;
    const { operation, notes } = request;
    const billed = possiblyBilledTwice || notes.possiblyBilledTwice === true;
    return {
      type: 'call',
      branch,
      ordinal,
      op,
      digest,
      kind: operation.kind as CallOutcome['kind'],
      args: { inline: bytes },
      outcome,
      startedAt,
      durationMs: Math.max(0, this.#options.now() - startedAt),
      where,
      state: notes.patch,
      announced: notes.announced,
      writes,
      waited,
      outputs: this.outputs,
      possiblyBilledTwice: billed || undefined,
      ...(notes.decisions.length === 0 ? {} : { policy: notes.decisions }),
    };
  }

  /** Records an error that Lua will see; the end of the run itself is none. */
  #recordFailure(live: LiveCall, writer: JournalWriter, thrown: unknown, waited = true): boolean {
    if (live.request.call.signal.aborted || isFinal(thrown)) return false;
    live.request.notes.patch = undefined;
    live.request.notes.announced = [];
    const outcome = { ok: false, error: encodeError(toSpellError(thrown)) } as const;
    this.#add(live, writer, this.#event(live, outcome, { waited }));
    return true;
  }

  /** Puts an answer on record: from here on, those that come later reach Lua later. */
  #add({ request }: LiveCall, writer: JournalWriter, event: CallOutcome): void {
    if (event.waited) request.turns.take(request.call.seq);
    writer.add(event);
  }

  #context(
    call: CallRequest['call'],
    key: string,
    commit: (...args: Parameters<CallContext['commit']>) => Promise<HostResult>,
  ): CallContext {
    return Object.assign(call, { key, commit, checkpoint: this.#checkpoint }) as CallContext;
  }

  #own<T>(args: T): T {
    return this.#options.ids === undefined ? args : (this.#options.ids.toOwn(args) as T);
  }

  #toScript(result: HostResult): HostResult {
    return this.#options.ids?.toScript(result) ?? result;
  }

  #extra(live: LiveCall): Error {
    if (this.#options.endsWithRecord === true) {
      return new Abandon(new SpellError(END_OF_RECORD, 'the record of the run ends here'));
    }
    return this.#unknown(live);
  }

  #unknown(live: LiveCall): Error {
    return this.#diverge({
      seq: this.#options.tail.lastSeq + 1,
      branch: live.branch,
      class: 'extra',
      recorded: undefined,
      actual: live,
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
