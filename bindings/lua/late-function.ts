/**
 * LateFunction is a function of a global of which only the names are known at first: what it does is made, with all of
 * its module, when a script first calls one of them.
 */
import type { HostArguments } from '../../runtime/engine/engine.js';
import type { Operation } from '../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../runtime/run/globals.js';
import { otherNames } from './compat.js';

export class LateFunction implements GlobalFunction {
  readonly aliases: readonly string[];

  constructor(
    readonly path: string,
    private readonly made: () => GlobalFunction,
  ) {
    this.aliases = otherNames(path);
  }

  get parse(): (args: HostArguments) => unknown {
    return this.made().parse;
  }

  get operation(): Operation<unknown> {
    return this.made().operation;
  }
}

/** The functions of these names, in this order, all of which `make` makes. */
export function lateFunctions(
  paths: readonly string[],
  make: () => readonly GlobalFunction[],
): GlobalFunction[] {
  let functions: readonly GlobalFunction[] | undefined;
  return paths.map((path, place) => {
    const made = () => {
      functions ??= inOrder(paths, make());
      return functions[place] as GlobalFunction;
    };
    return new LateFunction(path, made);
  });
}

/** A VM knows functions by their numbers: what is behind one must be what it is called. */
function inOrder(
  paths: readonly string[],
  functions: readonly GlobalFunction[],
): readonly GlobalFunction[] {
  const made = functions.map(({ path }) => path);
  if (made.join() === paths.join()) return functions;
  throw new Error(`bindings/lua/index.ts has to name ${made.join(' ')}`);
}
