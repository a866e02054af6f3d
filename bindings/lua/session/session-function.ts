/** The session functions that read or change what is stored: `Session.<name>`, recorded as `session.<name>`. */
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallTarget } from '../../../runtime/host/access.js';
import type { Operation, RunState } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';

export function sessionFunction<A>(
  name: string,
  kind: 'state' | 'store',
  parse: (args: HostArguments) => A,
  perform: Operation<A>['perform'],
  target: Operation<A>['target'] = sessionTarget,
): GlobalFunction {
  return globalFunction<A>({
    path: `Session.${name}`,
    parse,
    operation: { op: `session.${name}`, kind, needs: 'sessions', waits: true, target, perform },
  });
}

/** The session that a call is about: its argument, or the field of its arguments that says so; else the current one. */
export function sessionTarget(
  args: unknown,
  { currentSession }: Pick<RunState, 'currentSession'>,
): CallTarget {
  if (typeof args !== 'object' || args === null) {
    return { session: (args as string | undefined) ?? currentSession };
  }
  if (Array.isArray(args)) return sessionTarget(args[0], { currentSession });
  const named = ['session', 'sessionId', 'id'].find((field) => field in args);
  if (named === undefined) return {};
  const id = (args as Readonly<Record<string, unknown>>)[named];
  return { session: (id as string | undefined) ?? currentSession };
}

/** Of calls that are about all sessions. */
export function noTarget(): CallTarget {
  return {};
}

/** Like {@link sessionFunction}, for what writes a file: writing the same once more changes nothing. */
export function sessionFileFunction<A>(
  name: string,
  parse: (args: HostArguments) => A,
  perform: Operation<A>['perform'],
): GlobalFunction {
  const operation: Operation<A> = {
    op: `session.${name}`,
    kind: 'external',
    needs: 'sessions',
    waits: true,
    effect: () => 'idempotent',
    target: sessionTarget,
    perform,
  };
  return globalFunction<A>({ path: `Session.${name}`, parse, operation });
}
