/** The functions behind the `Secret` global: handles of values that scripts use without seeing them. */
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { text } from '../arguments.js';

export function secretModule({ secrets }: Services): GlobalFunction[] {
  const define = <A>(
    name: string,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path: `Secret.${name}`,
      parse,
      operation: { op: `secret.${name}`, kind: 'state', waits: false, perform },
    });
  return [
    define('get', name1, (name) => ({ ...secrets.handle(name).toJSON() })),
    define('exists', name1, (name) => secrets.isOpen(name) && secrets.isSet(name)),
    define(
      'list',
      () => undefined,
      () => [...secrets.names()],
    ),
  ];
}

function name1(args: HostArguments): string {
  return text(args, 1);
}
