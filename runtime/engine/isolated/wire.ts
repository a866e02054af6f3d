/** Wire is what a run and a VM on another thread say to each other: plain data, with values and errors packed. */
import type { MessagePort } from 'node:worker_threads';
import { decodeRecord, encodeRecord } from '../../base/encoding.js';
import { type ErrorContext, SpellError } from '../../base/errors.js';
import type { HostValue, Value } from '../../base/value.js';
import type {
  Chunk,
  HostArguments,
  HostFunction,
  HostResult,
  LuaType,
  Outcome,
  Step,
  VmImage,
} from '../engine.js';
import { decodeResult, encodeResult } from '../result-bytes.js';

/** What a thread is started with. */
export interface ThreadSetup {
  readonly memoryLimitBytes: number;
  readonly functions: readonly Omit<HostFunction, 'call'>[];
  readonly preludes: readonly Chunk[];
  readonly image: VmImage | undefined;
  /** Brings the answers to calls, while the thread waits at `bell`. */
  readonly answers: MessagePort;
  /** One 32 bit number: 1 when there is an answer. */
  readonly bell: SharedArrayBuffer;
}

/** What the run asks of the VM; one at a time. */
export type Order =
  | { readonly do: 'make' }
  | { readonly do: 'start'; readonly chunk: Chunk; readonly args: Uint8Array }
  | { readonly do: 'resume'; readonly call: number; readonly outcome: PackedOutcome }
  | { readonly do: 'finish' }
  | { readonly do: 'snapshot' }
  | { readonly do: 'seed'; readonly first: bigint; readonly second: bigint }
  | { readonly do: 'setGlobal'; readonly name: string; readonly value: Uint8Array };

/** What the VM tells the run: a call of the host, or how an order ended. */
export type Report =
  | PackedCall
  | {
      readonly is: 'step';
      readonly step: PackedStep;
      readonly ended: readonly string[];
      /** That of the VM. */
      readonly holdsOutcomes: boolean;
    }
  | { readonly is: 'image'; readonly image: VmImage }
  | { readonly is: 'done' }
  /** Without an error it was the run that broke it off, by what it threw at a call. */
  | { readonly is: 'broken'; readonly error: PackedError | undefined };

/** A call of a host function, with everything that {@link HostFunction.call} may look at. */
export interface PackedCall {
  readonly is: 'call';
  /** Its place in the list of functions. */
  readonly fn: number;
  readonly branch: string;
  readonly where: string | undefined;
  readonly args: readonly PackedArgument[];
  readonly nextCall: number;
  /** Branches that have ended since the last report. */
  readonly ended: readonly string[];
}

export interface PackedArgument {
  readonly type: LuaType;
  /** A number or boolean as {@link HostArguments.number} and `boolean` tell it. */
  readonly plain?: number | boolean;
  /** The bytes of a string. */
  readonly bytes?: Uint8Array;
  /** The value of anything else that has one. */
  readonly value?: Uint8Array;
  /** Why it has none. */
  readonly error?: PackedError;
}

/** How the run answers a call. */
export type PackedAnswer =
  | { readonly is: 'result'; readonly result: Uint8Array }
  | { readonly is: 'waiting' }
  | { readonly is: 'error'; readonly error: PackedError }
  | { readonly is: 'abandon' };

export type PackedOutcome =
  | { readonly ok: true; readonly value: Uint8Array }
  | { readonly ok: false; readonly error: PackedError };

export type PackedStep =
  | Extract<Step, { state: 'waiting' }>
  | { readonly state: 'returned'; readonly branch: number; readonly values: Uint8Array }
  | { readonly state: 'failed'; readonly branch: number; readonly error: PackedError };

export interface PackedError {
  readonly code: string;
  readonly message: string;
  readonly context: Omit<ErrorContext, 'cause'>;
}

export function packValues(values: readonly HostValue[]): Uint8Array {
  return alone(encodeRecord(values));
}

/** A copy: a message takes the whole buffer that bytes lie in, and others may use the rest of it. */
export function alone(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function packImage({ pages, ...rest }: VmImage): VmImage {
  return { ...rest, pages: pages.map(({ page, bytes }) => ({ page, bytes: alone(bytes) })) };
}

export function packChunk({ name, source }: Chunk): Chunk {
  return { name, source: alone(source) };
}

export function unpackValues(bytes: Uint8Array): readonly Value[] {
  return decodeRecord(bytes) as readonly Value[];
}

export function packResult(result: HostResult): Uint8Array {
  return alone(encodeResult(result));
}

export function packOutcome(outcome: Outcome): PackedOutcome {
  if (outcome.ok) return { ok: true, value: packResult(outcome.value) };
  return { ok: false, error: packError(outcome.error) };
}

export function unpackOutcome(outcome: PackedOutcome): Outcome {
  if (outcome.ok) return { ok: true, value: decodeResult(outcome.value) };
  return { ok: false, error: unpackError(outcome.error) };
}

export function packStep(step: Step): PackedStep {
  switch (step.state) {
    case 'waiting':
      return step;
    case 'returned':
      return { ...step, values: packValues(step.values) };
    case 'failed':
      return { ...step, error: packError(step.error) };
  }
}

export function unpackStep(step: PackedStep): Step {
  switch (step.state) {
    case 'waiting':
      return step;
    case 'returned':
      return { ...step, values: unpackValues(step.values) };
    case 'failed':
      return { ...step, error: unpackError(step.error) };
  }
}

/** The cause stays where it is: nobody but a developer asks for it, and it may be anything. */
export function packError(error: SpellError): PackedError {
  const { code, message, hint, file, line, column, key, traceback, details } = error;
  return { code, message, context: { hint, file, line, column, key, traceback, details } };
}

export function unpackError({ code, message, context }: PackedError): SpellError {
  return new SpellError(code, message, context);
}
