/**
 * Arguments reads what a script passed, once, at the door: the right type or an error in Lua's own words, such as
 * `bad argument #2 to 'Artifact.store' (string expected, got nil)`.
 */
import { SpellError } from '../../runtime/base/errors.js';
import {
  Float,
  keyText,
  type Value,
  type ValueKey,
  type ValueMap,
} from '../../runtime/base/value.js';
import type { HostArguments } from '../../runtime/engine/engine.js';

/** An argument of the wrong kind. */
export function badArgument(
  args: HostArguments,
  index: number,
  problem: string,
  hint?: string,
): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad argument #${index} to '${args.path}' (${problem})`, {
    hint,
  });
}

/** Arguments of a function that only preludes see: errors name the one that the script has called. */
export function calledAs(args: HostArguments, path: string): HostArguments {
  return {
    path,
    count: args.count,
    branch: args.branch,
    type: (index) => args.type(index),
    number: (index) => args.number(index),
    boolean: (index) => args.boolean(index),
    bytes: (index) => args.bytes(index),
    value: (index) => args.value(index),
    where: () => args.where(),
    nextCall: args.nextCall,
    wait: () => args.wait(),
  };
}

function wrongType(args: HostArguments, index: number, expected: string): SpellError {
  return badArgument(args, index, `${expected} expected, got ${args.type(index)}`);
}

export function isAbsent(args: HostArguments, index: number): boolean {
  const type = args.type(index);
  return type === 'nil' || type === 'no value';
}

/** Text; numbers are taken as Lua takes them where a string is expected. */
export function text(args: HostArguments, index: number): string {
  const type = args.type(index);
  if (type !== 'string' && type !== 'number') throw wrongType(args, index, 'string');
  const value = args.value(index);
  if (value instanceof Uint8Array) throw badArgument(args, index, 'string is not UTF-8 text');
  return typeof value === 'string' ? value : keyText(value as number | bigint | Float);
}

export function optionalText(args: HostArguments, index: number): string | undefined {
  return isAbsent(args, index) ? undefined : text(args, index);
}

/** The bytes of any string. */
export function bytes(args: HostArguments, index: number): Uint8Array {
  const type = args.type(index);
  if (type === 'number') return Buffer.from(text(args, index));
  if (type !== 'string') throw wrongType(args, index, 'string');
  return args.bytes(index);
}

export function number(args: HostArguments, index: number): number {
  if (args.type(index) !== 'number') throw wrongType(args, index, 'number');
  return args.number(index);
}

export function integer(args: HostArguments, index: number): number {
  const value = number(args, index);
  if (!Number.isSafeInteger(value)) {
    throw badArgument(args, index, 'number has no integer representation');
  }
  return value;
}

/** Any data. */
export function value(args: HostArguments, index: number): Value {
  try {
    return args.value(index);
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    throw new SpellError(
      thrown.code,
      `bad argument #${index} to '${args.path}' (${thrown.message})`,
      {
        hint: thrown.hint,
      },
    );
  }
}

/** A table as a map; a list reads as a map from 1. */
export function table(args: HostArguments, index: number): ValueMap {
  if (args.type(index) !== 'table') throw wrongType(args, index, 'table');
  return asMap(value(args, index) as ValueMap | readonly Value[]);
}

export function optionalTable(args: HostArguments, index: number): ValueMap | undefined {
  return isAbsent(args, index) ? undefined : table(args, index);
}

/** A list of anything. */
export function list(args: HostArguments, index: number): readonly Value[] {
  const read = table(args, index);
  if (read.size === 0) return [];
  const items = Array.from({ length: read.size }, (_, i) => read.get(i + 1));
  if (items.includes(undefined)) throw badArgument(args, index, 'list expected, got table');
  return items;
}

function asMap(read: ValueMap | readonly Value[]): ValueMap {
  if (!Array.isArray(read)) return read as ValueMap;
  return new Map(read.map((item, i): [ValueKey, Value] => [i + 1, item]));
}

/** Options reads the fields of a table argument; a field of the wrong kind is named in the error. */
export class Options {
  readonly #fields: ValueMap;

  constructor(
    private readonly args: HostArguments,
    private readonly index: number,
    fields?: ValueMap,
  ) {
    this.#fields = fields ?? table(args, index);
  }

  /** The first of several names that is there. */
  raw(...names: string[]): Value {
    for (const name of names) {
      const found = this.#fields.get(name);
      if (found !== undefined && found !== null) return found;
    }
    return undefined;
  }

  text(...names: string[]): string | undefined {
    return this.#read(names, 'string', (found) => (typeof found === 'string' ? found : undefined));
  }

  number(...names: string[]): number | undefined {
    return this.#read(names, 'number', (found) => {
      if (found instanceof Float) return found.value;
      return typeof found === 'number' ? found : undefined;
    });
  }

  /** A time: seconds since the epoch, or an ISO text. */
  time(...names: string[]): number | string | undefined {
    return this.#read(names, 'number or ISO date', (found) => {
      if (found instanceof Float) return found.value;
      return typeof found === 'number' || typeof found === 'string' ? found : undefined;
    });
  }

  boolean(...names: string[]): boolean | undefined {
    return this.#read(names, 'boolean', (found) =>
      typeof found === 'boolean' ? found : undefined,
    );
  }

  /** A list of strings; one string stands for a list of one. */
  texts(...names: string[]): readonly string[] | undefined {
    return this.#read(names, 'list of strings', (found) => {
      if (typeof found === 'string') return [found];
      if (found instanceof Map && found.size === 0) return [];
      const isList = Array.isArray(found) && found.every((item) => typeof item === 'string');
      return isList ? (found as string[]) : undefined;
    });
  }

  map(...names: string[]): ValueMap | undefined {
    return this.#read(names, 'table', (found) => {
      if (found instanceof Map) return found;
      return Array.isArray(found) ? asMap(found) : undefined;
    });
  }

  #read<T>(names: string[], expected: string, convert: (found: Value) => T | undefined) {
    const found = this.raw(...names);
    if (found === undefined) return undefined;
    const converted = convert(found);
    if (converted === undefined) {
      const problem = `field '${names[0]}': ${expected} expected, got ${luaTypeName(found)}`;
      throw badArgument(this.args, this.index, problem);
    }
    return converted;
  }
}

function luaTypeName(found: Value): string {
  if (typeof found === 'string' || found instanceof Uint8Array) return 'string';
  if (typeof found === 'boolean') return 'boolean';
  if (typeof found === 'number' || typeof found === 'bigint' || found instanceof Float) {
    return 'number';
  }
  return found === null ? 'null' : 'table';
}
