/** The session functions that read or change what is stored: `Session.<name>`, recorded as `session.<name>`. */
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';

export function sessionFunction<A>(
  name: string,
  kind: 'state' | 'store',
  parse: (args: HostArguments) => A,
  perform: Operation<A>['perform'],
): GlobalFunction {
  return globalFunction<A>({
    path: `Session.${name}`,
    parse,
    operation: { op: `session.${name}`, kind, needs: 'sessions', waits: true, perform },
  });
}
