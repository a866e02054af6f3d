/**
 * The fields of an event as an entry keeps them: a list that begins with the number of the event's type. The names of
 * fields would take more room than what they name, and more time than everything else of an entry.
 *
 * A list ends with the last field that is there. Fields may only be added behind the others.
 */
import type { HostValue, PlainValue } from '../base/value.js';
import type { JournalEvent, Payload, RecordedOutcome } from './journal-event.js';

const START = 0;
const INTENT = 1;
const CALL = 2;
const CHECKPOINT = 3;
const END = 4;

/** The list that stands for an event. */
export function fieldsOf(event: JournalEvent): HostValue[] {
  const fields = allFieldsOf(event) as HostValue[];
  while (fields.at(-1) === undefined) fields.pop();
  return fields;
}

function allFieldsOf(event: JournalEvent): unknown[] {
  switch (event.type) {
    case 'start': {
      const { script, scriptHash, args, seed, build, actor } = event;
      return [START, script, scriptHash, args, seed, build, actor];
    }
    case 'intent': {
      const { branch, ordinal, op, digest, effect, key, outputs } = event;
      return [INTENT, branch, ordinal, op, digest, effect, key, outputs];
    }
    case 'call': {
      const { branch, ordinal, op, digest, kind, args, outcome, startedAt, durationMs } = event;
      const { waited, outputs, announced, writes, where, state } = event;
      const { possiblyBilledTwice, policy } = event;
      const [given, answer] = [packedPayload(args), packedOutcome(outcome)];
      return [
        CALL,
        branch,
        ordinal,
        op,
        digest,
        kind,
        given,
        answer,
        startedAt,
        durationMs,
        waited,
        outputs,
        announced,
        writes,
        where,
        state,
        possiblyBilledTwice,
        policy,
      ];
    }
    case 'checkpoint': {
      const { label, data, outputs, image } = event;
      return [CHECKPOINT, label, packedPayload(data), outputs, image];
    }
    case 'end': {
      const { status, outputs, error } = event;
      return [END, status, outputs, error];
    }
  }
}

/** The event that a list stands for, taken at its word; `undefined` when it stands for none. */
export function eventOf([type, ...fields]: readonly PlainValue[]): JournalEvent | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: whoever wrote the entry put these types there.
  const all = fields as any[];
  switch (type) {
    case START: {
      const [script, scriptHash, args, seed, build, actor] = all;
      return { type: 'start', script, scriptHash, args, seed, build, actor };
    }
    case INTENT: {
      const [branch, ordinal, op, digest, effect, key, outputs] = all;
      return { type: 'intent', branch, ordinal, op, digest, effect, key, outputs };
    }
    case CALL: {
      const [branch, ordinal, op, digest, kind, args, outcome, startedAt, durationMs] = all;
      const [waited, outputs, announced, writes, where, state] = all.slice(9);
      const [possiblyBilledTwice, policy] = all.slice(15);
      return {
        type: 'call',
        branch,
        ordinal,
        op,
        digest,
        kind,
        args: payloadOf(args),
        outcome: outcomeOf(outcome),
        startedAt,
        durationMs,
        where,
        state,
        writes,
        announced,
        waited,
        outputs,
        possiblyBilledTwice,
        policy,
      };
    }
    case CHECKPOINT: {
      const [label, data, outputs, image] = all;
      return { type: 'checkpoint', label, data: payloadOf(data), outputs, image };
    }
    case END: {
      const [status, outputs, error] = all;
      return { type: 'end', status, outputs, error };
    }
    default:
      return undefined;
  }
}

/** Bytes that are there are bytes, an address is text. */
function packedPayload(payload: Payload): Uint8Array | string {
  return 'inline' in payload ? payload.inline : payload.ref;
}

function payloadOf(packed: Uint8Array | string): Payload {
  return typeof packed === 'string' ? { ref: packed } : { inline: packed };
}

/** An error is a map. */
function packedOutcome(outcome: RecordedOutcome): HostValue {
  return outcome.ok ? packedPayload(outcome.value) : outcome.error;
}

function outcomeOf(packed: Uint8Array | string | (RecordedOutcome & { ok: false })['error']) {
  const isValue = typeof packed === 'string' || packed instanceof Uint8Array;
  return isValue
    ? ({ ok: true, value: payloadOf(packed) } as const)
    : ({ ok: false, error: packed } as const);
}
