/**
 * A host call is the only way out of Lua: an operation, its arguments, its result. What an operation does depends on
 * nothing but its arguments and its context, so that a recorded result can stand in for it.
 */
import type { Value } from '../base/value.js';
import type { HostResult } from '../engine/engine.js';
import type { Announcement, StatePatch, StoredStep } from '../journal/journal-event.js';
import type { Question } from '../session/question-store.js';
import type { Transaction } from '../storage/transaction.js';
import type { Decision, NoteDecision } from '../tool/decision.js';
import type { CallTarget } from './access.js';
import type { BulkyReads } from './bulky-reads.js';
import { addUsage, NO_USAGE, type UsageTotals } from './usage.js';

/**
 * What a call depends on and changes.
 *
 * | kind | |
 * | --- | --- |
 * | `pure` | computed from the arguments alone: never recorded |
 * | `output` | says something: made again by a replay, so not recorded, but never before what it depends on is safe |
 * | `state` | reads the world (time, chance, environment, records): recorded |
 * | `store` | writes records, in one transaction with its entry in the journal |
 * | `external` | reaches out: a tool, a model, a file, a process |
 */
export type HostCallKind = 'pure' | 'output' | 'state' | 'store' | 'external';

/**
 * Effect is what may become of an external call whose answer a crash has hidden: `pure` runs again, `idempotent` is
 * sent again with the same key, `reconcilable` is asked for first, `paid` is sent again and reported as possibly billed
 * twice, `unsafe` is not sent again.
 */
export type Effect = 'pure' | 'idempotent' | 'reconcilable' | 'paid' | 'unsafe';

/** Operation is what a host function does, apart from its face in Lua. */
export interface Operation<Arguments> {
  /** The name in records and events: `session.create`. */
  readonly op: string;
  readonly kind: HostCallKind;
  /** What the call is about, for who decides whether it may be made; calls without it are not asked about. */
  readonly target?: (args: Arguments, state: Readonly<RunState>) => CallTarget;
  /** Asked before the call is made in truth, and not when a record answers it. What it throws is the answer then. */
  readonly admit?: (args: Arguments, call: Call) => Promise<void>;
  /** True when the answer comes from outside of the runtime, as that of every external call does. */
  readonly foreign?: boolean;
  /** What a record shows of the arguments; all of them when absent. */
  readonly shown?: (args: unknown) => unknown;
  /** The part of the runtime that the configuration may have switched off. */
  readonly needs?: 'sessions';
  /** True when the answer may come later. Calls that never wait are answered before Lua goes on. */
  readonly waits: boolean;
  /** True for reads whose answers may be large, and which wait for nothing that another call of the run does. */
  readonly isBulky?: boolean;
  /** True when nothing else of the script may run before the answer: it ends the script. */
  readonly keepsTurn?: boolean;
  /**
   * For calls that wait for a moment or an event: a run that waits for nothing else can sleep without a process.
   * `undefined` when this call waits for something else.
   */
  readonly wakes?: (args: Arguments, call: WaitingCall) => WakeCondition | undefined;
  /** For external calls; `unsafe` when absent. */
  readonly effect?: (args: Arguments) => Effect | Promise<Effect>;
  /** For reconcilable calls: the answer to an earlier attempt, or `undefined` when it did not happen. */
  readonly reconcile?: (args: Arguments, key: string) => Promise<HostResult | undefined>;
  perform(args: Arguments, context: CallContext): HostResult | Promise<HostResult>;
}

/** WakeCondition is what a call waits for: a moment, an event, or whichever comes first. */
export interface WakeCondition {
  /** Milliseconds since the epoch. */
  readonly at?: number | undefined;
  readonly event?: EventName | undefined;
  /** What is asked, when the event is that it was answered. */
  readonly question?: Question | undefined;
}

/** EventName is what runs wait for and others send: events of a name, in order, to one session. */
export interface EventName {
  readonly session: string;
  readonly name: string;
}

/** WaitingCall is a call that Lua waits for. */
export interface WaitingCall {
  readonly run: string;
  readonly branch: string;
  readonly ordinal: number;
  readonly state: Readonly<RunState>;
  /** When Lua began to wait, in milliseconds since the epoch. */
  readonly since: number;
}

/** Call is one call on its way: who calls, and what it may leave behind besides its result. */
export interface Call {
  /** Position of the call in its run, from 1. */
  readonly seq: number;
  /** The id of the run. */
  readonly run: string;
  /** The branch that called: `0` is the script itself. */
  readonly branch: string;
  /** Position among the calls of the branch, from 1. */
  readonly ordinal: number;
  /** The line of the script that called, such as `report.lua:12`. */
  readonly where: string | undefined;
  /** When Lua began to wait, in milliseconds since the epoch; only for a call that is taken up again. */
  readonly since?: number | undefined;
  /** Aborted when the run ends before the call does. */
  readonly signal: AbortSignal;
  readonly state: Readonly<RunState>;
  /** What the run is to remember differently once the call succeeded. */
  remember(patch: StatePatch): void;
  /** What the run's observers are to learn once the call succeeded. */
  announce(event: Announcement): void;
  /** Says that what the call asks for may have been billed before, when an answer was lost. */
  suspectDoubleBilling(): void;
  /** Notes what the policy decided on the way, with its reason. */
  readonly decided: NoteDecision;
}

/** CallContext is what an operation knows of the call besides its arguments. */
export interface CallContext extends Call {
  /** The same for every attempt at this call, different in a fork. */
  readonly key: string;
  /**
   * Makes a checkpoint with a label once everything waits, this call included: a fork from there goes on with it.
   *
   * @returns The entry of the journal that tells of it; `undefined` when the run is not kept.
   */
  checkpoint(label: CheckpointLabel): Promise<number | undefined>;
  /**
   * Makes a change of records; a call of kind `store` makes exactly one.
   *
   * @param change May run several times: it does nothing but read and write through the transaction.
   * @param conclude The call's result; it may `remember` and `announce`.
   */
  commit<T>(
    change: (transaction: Transaction) => Promise<T>,
    conclude: (made: T) => HostResult,
  ): Promise<HostResult>;
}

/** CheckpointLabel is what a script says of a checkpoint that it asks for. */
export interface CheckpointLabel {
  readonly label: string;
  /** The session that the label belongs to. */
  readonly session: string | undefined;
  /** What the label stands for, kept with it. */
  readonly data?: Value;
}

/** RunState is what a run remembers between calls on the host's side: plain data, part of every checkpoint. */
export interface RunState {
  /** The session that calls without a session id mean. */
  currentSession: string | undefined;
  /** The same for branches that have set another one than the branch that started them has. */
  branchSessions: Map<string, string | null>;
  /** The sessions that the run created, in order. */
  sessions: string[];
  /** Results that were stored as checkpoints since their session was saved. */
  steps: StoredStep[];
  /** Set once the script called `os.exit`. */
  exitStatus: number | undefined;
  /** What models took so far. */
  usage: UsageTotals;
}

/** The branch that the script itself runs in. */
export const ROOT_BRANCH = '0';

/** CallRequest is one call at the place where it is answered. */
export interface CallRequest<Arguments = unknown> {
  readonly operation: Operation<Arguments>;
  readonly args: Arguments;
  readonly call: Call;
  readonly notes: CallNotes;
  readonly turns: Turns;
  readonly bulkyReads: BulkyReads;
  /**
   * For a call that may wait, made in a slice of Lua that may be broken off: resolves behind that slice. What the host
   * does for the call begins there, see {@link behindSlice}.
   */
  readonly sliceOver: Promise<void> | undefined;
}

/** Does the work of a call, when it is a bulky one in the turn of those. */
export function inTurn(
  { operation, notes, bulkyReads }: CallRequest,
  work: () => HostResult | Promise<HostResult>,
): HostResult | Promise<HostResult> {
  if (operation.isBulky !== true) return work();
  return bulkyReads.make(work, (bytes) => {
    notes.heldBytes = bytes;
  });
}

/**
 * Does work for a call: at once, or behind the slice of Lua that makes the call when that may be broken off. Whoever
 * breaks it off must not hit the host in the middle of what others share, or before anybody hears of a failure.
 */
export function behindSlice<T>(
  { sliceOver }: Pick<CallRequest, 'sliceOver'>,
  work: () => T | Promise<T>,
): T | Promise<T> {
  return sliceOver === undefined ? work() : sliceOver.then(work);
}

/** CallNotes is what a call has said with `remember` and `announce`. */
export interface CallNotes {
  patch: StatePatch | undefined;
  announced: Announcement[];
  possiblyBilledTwice?: boolean;
  /** Of the answer to a bulky read. */
  heldBytes?: number;
  decisions: readonly Decision[];
}

/**
 * Turns is the order in which Lua gets the answers of calls that wait: that of their entries on record, whatever the
 * timing of their promises is.
 */
export interface Turns {
  /** The answer of a call goes on record now: behind those that did before, in front of those that will. */
  take(seq: number): void;
  /** It did not go on record after all. */
  giveBack(seq: number): void;
}

/** Answers is where results come from: performed now, or taken from a record. */
export interface Answers {
  answer(request: CallRequest): HostResult | Promise<HostResult>;
  /** Told when all branches wait and no answer is on its way. @throws Abandon when there can't be one any more. */
  atRest?(): void;
}

/** Tells whether calls of an operation are numbered, recorded and compared. */
export function isCounted({ kind }: { readonly kind: HostCallKind }): boolean {
  return kind !== 'pure' && kind !== 'output';
}

/** The state of a run that begins. */
export function newRunState(currentSession: string | undefined): RunState {
  return {
    currentSession,
    branchSessions: new Map(),
    sessions: [],
    steps: [],
    exitStatus: undefined,
    usage: NO_USAGE,
  };
}

/** The state as a branch sees it: its current session is its own, or that of the branch that started it. */
export function stateOf(state: RunState, branch: string): RunState {
  if (state.branchSessions.size === 0) return state;
  for (let path = branch; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const session = state.branchSessions.get(path);
    if (session !== undefined) return { ...state, currentSession: session ?? undefined };
  }
  return state;
}

/** Makes a call, once it is admitted. */
export function perform<A>(
  operation: Operation<A>,
  args: A,
  context: CallContext,
): HostResult | Promise<HostResult> {
  const { admit } = operation;
  if (admit === undefined) return operation.perform(args, context);
  return admit(args, context).then(() => operation.perform(args, context));
}

/** Lays what a call remembered over the state of its run. */
export function applyPatch(state: RunState, patch: StatePatch | undefined, branch: string): void {
  if (patch === undefined) return;
  if (patch.currentSession !== undefined && branch !== ROOT_BRANCH) {
    state.branchSessions.set(branch, patch.currentSession);
  } else if (patch.currentSession !== undefined) {
    state.currentSession = patch.currentSession ?? undefined;
  }
  if (patch.createdSession !== undefined) state.sessions.push(patch.createdSession);
  if (patch.storedSteps !== undefined) state.steps.push(...patch.storedSteps);
  if (patch.savedSession !== undefined) {
    state.steps = state.steps.filter(({ session }) => session !== patch.savedSession);
  }
  if (patch.exitStatus !== undefined) state.exitStatus = patch.exitStatus;
  if (patch.usage !== undefined) state.usage = addUsage(state.usage, patch.usage);
}
