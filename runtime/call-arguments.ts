/** The arguments of a program's call as a script can have them: data, and the names of the functions among it. */
import { SpellError } from './base/errors.js';
import { fromPlain, type PlainValue, type Value } from './base/value.js';
import type { FunctionCall, ProgramFunction } from './run/program-functions.js';

/** Works for a script, and its answer is kept before anything else happens: what a tool does. */
export class ProgramWork {
  constructor(
    readonly effect: 'pure' | 'idempotent' | 'paid' | 'unsafe',
    readonly work: (args: readonly PlainValue[], call: FunctionCall) => unknown,
  ) {}
}

export interface CallArguments {
  readonly data: Value;
  readonly functions: ReadonlyMap<string, ProgramFunction>;
  /** What functions threw, by their names. */
  readonly thrown: ReadonlyMap<string, unknown>;
}

/** Functions that are only told something: where the process that has them is gone, the call goes on without them. */
const TOLD = new Set(['on_token', 'on_progress']);

type Path = readonly (string | number)[];

interface Found {
  readonly path: Path;
  readonly name: string;
  readonly effect?: string;
  readonly isTold?: boolean;
}

/** @throws SpellError `BAD_ARGUMENT` for what is no data. */
export function callArguments(args: readonly unknown[]): CallArguments {
  const functions = new Map<string, ProgramFunction>();
  const thrown = new Map<string, unknown>();
  const keep = (name: string, called: ProgramFunction) => {
    functions.set(name, async (given, call) => {
      try {
        return await called(given, call);
      } catch (error) {
        thrown.set(name, error);
        throw error;
      }
    });
  };
  const found: Found[] = [];
  // A list has no place for nil, which is what stands for the current session.
  const given = Object.fromEntries(args.map((arg, i) => [`a${i + 1}`, arg]));
  const take = (value: unknown, path: Path): unknown => {
    const name = path.join('.');
    if (typeof value === 'function') {
      keep(name, (taken) => value(...taken));
      found.push({ path, name, isTold: TOLD.has(String(path.at(-1))) });
      return false;
    }
    if (value instanceof ProgramWork) {
      keep(name, value.work);
      found.push({ path, name, effect: value.effect });
      return false;
    }
    if (Array.isArray(value)) return value.map((item, i) => take(item, [...path, i + 1]));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, take(item, [...path, key])]),
    );
  };
  const data = { arguments: take(given, []), functions: found };
  return { data: dataOf(data), functions, thrown };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function dataOf(plain: unknown): Value {
  try {
    return fromPlain(plain);
  } catch (cause) {
    throw new SpellError('BAD_ARGUMENT', `bad argument of a call: ${(cause as Error).message}`, {
      hint: 'Arguments are plain data, and functions to call back.',
      cause,
    });
  }
}
