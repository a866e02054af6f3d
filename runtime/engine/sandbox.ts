/**
 * The names of the Lua standard library that scripts see, as data. Whatever is not listed does not exist for a script;
 * the list prevents new names from slipping in with an engine update.
 */

/** Allowed names by library; `_G` holds the global functions. Preludes add their replacements afterwards. */
export const ALLOWED_NAMES: Readonly<Record<string, readonly string[]>> = {
  // Left out: dofile, loadfile, load and require read code (preludes bring confined ones); print writes to the
  // process (a prelude sends it through the host).
  _G: [
    ...['_VERSION', 'assert', 'collectgarbage', 'error', 'getmetatable', 'ipairs', 'next', 'pairs'],
    ...['pcall', 'rawequal', 'rawget', 'rawlen', 'rawset', 'select', 'setmetatable', 'tonumber'],
    ...['tostring', 'type', 'warn', 'xpcall'],
  ],
  coroutine: ['close', 'create', 'isyieldable', 'resume', 'running', 'status', 'wrap', 'yield'],
  table: ['concat', 'insert', 'move', 'pack', 'remove', 'sort', 'unpack'],
  // Left out: dump, since bytecode is never loaded and shows the insides of functions.
  string: [
    ...['byte', 'char', 'find', 'format', 'gmatch', 'gsub', 'len', 'lower', 'match', 'pack'],
    ...['packsize', 'rep', 'reverse', 'sub', 'unpack', 'upper'],
  ],
  math: [
    ...['abs', 'acos', 'asin', 'atan', 'ceil', 'cos', 'deg', 'exp', 'floor', 'fmod', 'huge', 'log'],
    ...['max', 'maxinteger', 'min', 'mininteger', 'modf', 'pi', 'rad', 'random', 'randomseed'],
    ...['sin', 'sqrt', 'tan', 'tointeger', 'type', 'ult'],
  ],
  utf8: ['char', 'charpattern', 'codepoint', 'codes', 'len', 'offset'],
  // Left out: everything that changes hooks, locals, upvalues or metatables of others. getinfo is narrowed to source
  // and line by the prelude.
  debug: ['getinfo', 'traceback'],
};
