import { SpellError } from '../../base/errors.js';
import { utf8Text } from '../../base/utf8.js';
import type { Value } from '../../base/value.js';
import { type HostArguments, type LuaType, Waiting } from '../engine.js';
import {
  alone,
  type PackedArgument,
  type PackedCall,
  packError,
  packValues,
  unpackError,
  unpackValues,
} from './wire.js';

/** What a call may look at, read on the thread of the VM. That a table can't be read is an error only where it is. */
export function packArguments(args: HostArguments): PackedArgument[] {
  return Array.from({ length: args.count }, (_, i) => packArgument(args, i + 1));
}

function packArgument(args: HostArguments, index: number): PackedArgument {
  const type = args.type(index);
  switch (type) {
    case 'no value':
    case 'nil':
      return { type };
    case 'boolean':
      return { type, plain: args.boolean(index) };
    case 'string':
      return { type, bytes: alone(args.bytes(index)) };
    case 'number':
      return { type, plain: args.number(index), value: packValues([args.value(index)]) };
    default:
      return { type, ...packedTable(args, index) };
  }
}

function packedTable(args: HostArguments, index: number): Pick<PackedArgument, 'value' | 'error'> {
  try {
    return { value: packValues([args.value(index)]) };
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    return { error: packError(thrown) };
  }
}

/** SentArguments is a call of a VM on another thread, as the host functions see it. */
export class SentArguments implements HostArguments {
  readonly count: number;
  readonly branch: string;
  readonly nextCall: number;

  constructor(
    readonly path: string,
    private readonly call: PackedCall,
  ) {
    this.count = call.args.length;
    this.branch = call.branch;
    this.nextCall = call.nextCall;
  }

  type(index: number): LuaType {
    return this.#at(index).type;
  }

  number(index: number): number {
    return Number(this.#at(index).plain);
  }

  /** Everything is true in Lua but nil and false. */
  boolean(index: number): boolean {
    const { type, plain } = this.#at(index);
    return type !== 'nil' && type !== 'no value' && plain !== false;
  }

  bytes(index: number): Uint8Array {
    return this.#at(index).bytes ?? new Uint8Array();
  }

  value(index: number): Value {
    const { plain, bytes, value, error } = this.#at(index);
    if (error !== undefined) throw unpackError(error);
    if (bytes !== undefined) return utf8Text(bytes) ?? bytes;
    return value === undefined ? plain : unpackValues(value)[0];
  }

  where(): string | undefined {
    return this.call.where;
  }

  wait(): Waiting {
    return new Waiting(this.nextCall);
  }

  #at(index: number): PackedArgument {
    return this.call.args[index - 1] ?? { type: 'no value' };
  }
}
