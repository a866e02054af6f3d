/** CallFrame is {@link HostArguments} over a Lua stack. One frame serves all calls of a VM: they never nest. */
import type { Value } from '../../base/value.js';
import { type HostArguments, type LuaType, Waiting } from '../engine.js';
import type { Branches } from './branches.js';
import type { LuaApi } from './lua-api.js';
import type { LuaErrors } from './lua-errors.js';
import type { Marshal } from './marshal.js';

const TYPE_NAMES: readonly LuaType[] = [
  'no value',
  'nil',
  'boolean',
  'userdata',
  'number',
  'string',
  'table',
  'function',
  'userdata',
  'thread',
];

export class CallFrame implements HostArguments {
  path = '';
  /** The id of the call if it has to wait. */
  nextCall = 1;
  #L = 0;

  constructor(
    private readonly api: LuaApi,
    private readonly marshal: Marshal,
    private readonly errors: LuaErrors,
    private readonly branches: Branches,
  ) {}

  enter(L: number, path: string): void {
    this.#L = L;
    this.path = path;
    this.marshal.begin(this.branches.heldBytes);
  }

  get branch(): string {
    return this.branches.path;
  }

  get count(): number {
    return this.api.lua_gettop(this.#L);
  }

  type(index: number): LuaType {
    return TYPE_NAMES[this.api.lua_type(this.#L, index) + 1] as LuaType;
  }

  number(index: number): number {
    return this.api.lua_tonumberx(this.#L, index, 0);
  }

  boolean(index: number): boolean {
    return this.api.lua_toboolean(this.#L, index) !== 0;
  }

  bytes(index: number): Uint8Array {
    return this.marshal.readBytes(this.#L, index);
  }

  value(index: number): Value {
    return this.marshal.read(this.#L, index);
  }

  where(): string | undefined {
    return this.errors.where(this.#L)?.text;
  }

  wait(): Waiting {
    const waiting = new Waiting(this.nextCall);
    this.branches.hold(this.nextCall, this.marshal.spent - this.branches.heldBytes);
    this.nextCall += 1;
    return waiting;
  }
}
