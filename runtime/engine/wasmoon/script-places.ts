/** ScriptPlaces finds the line of the script that a Lua stack is at. */
import type { LuaApi } from './lua-api.js';
import type { TextMemory } from './text-memory.js';

/** The chunk name of preludes; their lines mean nothing to a script's author. */
export const PRELUDE_NAME = '[llmspell]';

/** Place is a line of a script. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** Both, such as `report.lua:12`. */
  readonly text: string;
}

const MAX_LEVELS = 12;

/** Places that are remembered: a loop makes its calls from the same lines. */
const KNOWN_PLACES = 200;

/** What `lua_getinfo` is asked for: source and current line. */
const WHAT = 'Sl';

/** Where fields of `lua_Debug` are, in the 32 bits that the module is compiled for (`lua.h` of Lua 5.4). */
const CURRENT_LINE = 24;
const SHORT_SOURCE = 44;

export class ScriptPlaces {
  readonly #known = new Map<string, Place>();

  constructor(
    private readonly api: LuaApi,
    private readonly text: TextMemory,
  ) {}

  /** The innermost place in the script itself. */
  find(L: number): Place | undefined {
    // In an area that every call may write to: nothing of it is needed afterwards.
    const [what, info] = this.text.scratchFor(WHAT);
    for (let level = 1; level <= MAX_LEVELS; level += 1) {
      if (this.api.lua_getstack(L, level, info) === 0) return undefined;
      this.api.lua_getinfo(L, what, info);
      const line = this.text.int32(info + CURRENT_LINE);
      // Functions in C have none.
      const file = line > 0 ? this.text.cString(info + SHORT_SOURCE) : PRELUDE_NAME;
      if (file !== PRELUDE_NAME) return this.#place(file, line);
    }
    return undefined;
  }

  #place(file: string, line: number): Place {
    const text = `${file}:${line}`;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const place = { file, line, text };
    if (this.#known.size === KNOWN_PLACES) this.#known.clear();
    this.#known.set(text, place);
    return place;
  }
}
