/** The private functions by which a call of the embedding program reaches the functions among its arguments. */
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Effect, Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import {
  callFunction,
  NO_FUNCTIONS,
  type ProgramFunctions,
} from '../../../runtime/run/program-functions.js';
import { text, value } from '../arguments.js';

export function programModule(functions: ProgramFunctions = NO_FUNCTIONS): GlobalFunction[] {
  const reach: Operation<FunctionRequest>['perform'] = ({ name, args }, { signal, key }) =>
    callFunction(functions, name, args, { signal, key });
  const define = (
    name: string,
    more: Pick<Operation<FunctionRequest>, 'kind' | 'effect'>,
    perform = reach,
  ) =>
    globalFunction<FunctionRequest>({
      path: `host.program_${name}`,
      parse: parseCall,
      operation: {
        op: `program.${name}`,
        waits: true,
        foreign: true,
        perform,
        ...more,
      },
    });
  return [
    // What is told or asked can be told or asked again; it needs not be safe before anything else happens.
    define('ask', { kind: 'state' }),
    // Whoever wanted to know is gone with its process: what is told is lost, and nothing else.
    define('tell', { kind: 'state' }, (request, call) =>
      functions.has(request.name) ? reach(request, call) : undefined,
    ),
    define('execute', { kind: 'external', effect: ({ effect }) => effect }),
  ];
}

interface FunctionRequest {
  readonly name: string;
  readonly effect: Effect;
  readonly args: readonly Value[];
}

/** `host.program_ask(name, effect, ...)` */
function parseCall(args: HostArguments): FunctionRequest {
  const given = Array.from({ length: Math.max(0, args.count - 2) }, (_, i) => value(args, i + 3));
  return { name: text(args, 1), effect: text(args, 2) as Effect, args: given };
}
