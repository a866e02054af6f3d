/** What a script sees is what the lists say, name by name, in a runtime with all its globals. */
import { expect, test } from 'vitest';
import { luaGlobals } from '../../bindings/lua/index.js';
import { ALLOWED_NAMES } from '../../runtime/engine/sandbox.js';
import { NO_USAGE } from '../../runtime/host/usage.js';
import { openRuntime } from '../node/open-runtime.js';

/** What preludes bring themselves, on top of host functions or in place of what the engine leaves out. */
const BY_PRELUDES: Readonly<Record<string, readonly string[]>> = {
  _G: [
    '_G',
    'load',
    'print',
    'require',
    'dofile',
    'loadfile',
    'package',
    'io',
    'parallel',
    'Replay',
  ],
  package: ['config', 'loaded', 'path', 'preload'],
  io: [
    ...['close', 'input', 'lines', 'open', 'output', 'popen', 'read', 'stderr', 'stdin', 'stdout'],
    ...['tmpfile', 'type', 'write'],
  ],
  os: ['remove', 'rename', 'tmpname'],
};

/** Libraries of Lua, which have no function but those of the lists. */
const LIBRARIES = ['coroutine', 'debug', 'io', 'math', 'os', 'package', 'string', 'table', 'utf8'];

async function expectedNames(): Promise<Map<string, Set<string>>> {
  const runtime = await openRuntime();
  const { functions } = luaGlobals(runtime.services)({
    ...{ script: '', folder: '', args: [], actor: null, memoryLimitBytes: 0, usedBefore: NO_USAGE },
    ...{ write: () => {}, log: () => {}, read: async () => undefined },
  });
  const names = new Map<string, Set<string>>();
  const add = (library: string, name: string) => {
    names.set(library, (names.get(library) ?? new Set()).add(name));
  };
  for (const lists of [ALLOWED_NAMES, BY_PRELUDES]) {
    for (const [library, list] of Object.entries(lists)) {
      if (library !== '_G') add('_G', library);
      for (const name of list) add(library, name);
    }
  }
  // Where there is one of these, there is a run.
  for (const name of ['arg', 'ARGS']) add('_G', name);
  for (const path of functions.flatMap(({ path, aliases = [] }) => [path, ...aliases])) {
    const [library, name] = path.split('.') as [string, string | undefined];
    if (library === 'host') continue;
    add('_G', library);
    if (name !== undefined) add(library, name);
  }
  return names;
}

test('the globals and the libraries of Lua have exactly the names of the lists', async () => {
  const expected = await expectedNames();
  const runtime = await openRuntime();
  const { value } = await runtime.eval(`
    local seen = {}
    local function names(table)
      local list = {}
      for name in next, table do list[#list + 1] = tostring(name) end
      return list
    end
    for _, library in ipairs(${`{ "_G", ${LIBRARIES.map((name) => `"${name}"`).join(', ')} }`}) do
      seen[library] = names(_G[library])
    end
    return seen
  `);
  for (const [library, seen] of Object.entries(value as Record<string, string[]>)) {
    expect([...seen].sort(), library).toEqual([...(expected.get(library) ?? [])].sort());
  }
});

test('every global that is no library is one of the host, and holds data and functions only', async () => {
  const runtime = await openRuntime();
  const { value } = await runtime.eval(`
    local kinds = {}
    for name, item in next, _G do
      if type(item) == "table" then
        for _, field in next, item do kinds[type(field)] = true end
      end
    end
    kinds["function"], kinds["table"], kinds["string"], kinds["number"] = nil, nil, nil, nil
    return kinds
  `);
  // JSON.null is the one userdata that there is.
  expect(value).toEqual({ userdata: true });
});
