/**
 * The functions behind `Session.sleep`, `Session.waitForEvent` and `Session.signal`. What is waited for is a moment or
 * an event, and the moment is recorded before the wait begins: a run that is resumed waits for what is left of it.
 */

import { SpellError } from '../../../runtime/base/errors.js';
import { pause } from '../../../runtime/base/pause.js';
import type { Value } from '../../../runtime/base/value.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { CallContext, Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { sessionNotFound } from '../../../runtime/session/session-errors.js';
import type { SignalStore } from '../../../runtime/session/signal-store.js';
import { badArgument, calledAs, isAbsent, number, text, value } from '../arguments.js';
import { optionalSessionId, requireCurrent } from './session-argument.js';
import { sessionTarget } from './session-function.js';

const SECOND_MS = 1000;

export function waitModule(services: Services): GlobalFunction[] {
  const define = <A>(
    path: string,
    operation: Pick<Operation<A>, 'op' | 'kind' | 'waits' | 'wakes' | 'target' | 'perform'>,
    parse: (args: HostArguments) => A,
  ) => globalFunction<A>({ path, parse, operation: { ...operation, needs: 'sessions' } });
  return [
    define<number>(
      'host.wake_time',
      {
        op: 'session.wakeTime',
        kind: 'state',
        waits: false,
        perform: (seconds) => Math.round(services.clock.now() + seconds * SECOND_MS),
      },
      parseSeconds,
    ),
    define<number>(
      'host.sleep_until',
      {
        op: 'session.sleepUntil',
        kind: 'state',
        waits: true,
        wakes: (at) => ({ at }),
        perform: (wakeAt, call) => sleepUntil(services, wakeAt, call),
      },
      (args) => number(args, 1),
    ),
    define<Wait>(
      'host.wait_event',
      {
        op: 'session.waitForEvent',
        kind: 'store',
        waits: true,
        wakes: ({ name, until }, { state: { currentSession: session } }) =>
          session === undefined ? undefined : { at: until, event: { session, name } },
        target: (_, { currentSession }) => ({ session: currentSession }),
        perform: (wait, call) => waitForEvent(services, wait, call),
      },
      parseWait,
    ),
    define<NewSignal>(
      'Session.signal',
      {
        op: 'session.signal',
        kind: 'store',
        waits: true,
        target: sessionTarget,
        perform: (signal, call) => send(services, signal, call),
      },
      parseSignal,
    ),
  ];
}

/** `host.wake_time(seconds, name, position)`: whose argument the seconds are, and which one. */
function parseSeconds(args: HostArguments): number {
  const seconds = args.type(1) === 'number' ? args.number(1) : undefined;
  if (seconds !== undefined && seconds >= 0 && Number.isFinite(seconds)) return seconds;
  const expected =
    seconds === undefined ? `number expected, got ${args.type(1)}` : 'seconds expected, 0 or more';
  throw badArgument(calledAs(args, text(args, 2)), number(args, 3), expected);
}

interface Wait {
  readonly name: string;
  /** Milliseconds since the epoch; forever when absent. */
  readonly until: number | undefined;
}

function parseWait(args: HostArguments): Wait {
  const name = text(calledAs(args, 'Session.waitForEvent'), 1);
  return { name, until: isAbsent(args, 2) ? undefined : number(args, 2) };
}

interface NewSignal {
  readonly session: string | undefined;
  readonly name: string;
  readonly payload: Value;
}

function parseSignal(args: HostArguments): NewSignal {
  return { session: optionalSessionId(args, 1), name: text(args, 2), payload: value(args, 3) };
}

async function sleepUntil({ clock }: Services, wakeAt: number, call: CallContext) {
  await pause(wakeAt - clock.now(), call.signal);
  return undefined;
}

/** The payload of the next event, and true; nil and false when the time is over. */
async function waitForEvent(
  services: Services,
  { name, until = Number.POSITIVE_INFINITY }: Wait,
  call: CallContext,
): Promise<HostResult> {
  const { signals } = await services.stores();
  const session = requireCurrent(undefined, call);
  for (;;) {
    if (call.signal.aborted) throw call.signal.reason;
    if (await signals.has(session, name)) {
      const taken = await take(signals, session, name, call);
      if (taken !== undefined) return taken;
    }
    const left = until - services.clock.now();
    if (left <= 0) return new Results(undefined, false);
    await signals.nextChange(session, name, Math.max(1, left), call.signal);
  }
}

/** Takes the event, unless another one that waits was faster: then nothing is changed. */
async function take(
  signals: SignalStore,
  session: string,
  name: string,
  call: CallContext,
): Promise<HostResult | undefined> {
  const missed = new Error('somebody else took the event');
  try {
    return await call.commit(
      async (tx) => {
        const signal = await signals.take(tx, session, name);
        if (signal === undefined) throw missed;
        return signal;
      },
      ({ payload }) => new Results(payload, true),
    );
  } catch (thrown) {
    if (thrown === missed) return undefined;
    throw thrown;
  }
}

async function send(
  services: Services,
  { session, name, payload }: NewSignal,
  call: CallContext,
): Promise<HostResult> {
  const { sessions, events, approvals } = await services.stores();
  const id = requireCurrent(session, call);
  if ((await sessions.get(id)) === undefined) throw sessionNotFound(id);
  if (await approvals.isAsked(id, name)) throw isQuestion(id, name);
  const event = { session: id, name };
  const sent = await call.commit(
    (tx) => events.send(tx, event, payload),
    () => true,
  );
  events.announce(event);
  return sent;
}

function isQuestion(session: string, name: string): SpellError {
  return new SpellError(
    'QUESTION_STATE',
    `${JSON.stringify(name)} of session ${session} is a question, and no event answers it`,
    { hint: 'Session.approve answers it.', details: { session, name } },
  );
}
