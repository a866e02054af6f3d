/** What a host call costs: this engine against wasmoon's own binding of the same Lua, calls per call. */
import { randomBytes } from 'node:crypto';
import { type LuaEngine, LuaFactory } from 'wasmoon';
import type { HostFunction, Vm } from '../../runtime/engine/engine.js';
import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { formatGoal, formatRatio, formatTime, measure, printTable } from './measure.js';

const MIB = 1024 * 1024;
const CALLS = 20_000;
const BINARY_CALL = 'return bytes(...)';
const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(23).slice(0, 1024);
const TABLE = `{ id = 'abc', name = 'report', size = 10, ratio = 0.5, done = true, kind = 'text',
  owner = 'me', count = 3, path = 'a/b', score = 7 }`;

interface Case {
  readonly name: string;
  /** Lua before the loop. */
  readonly setUp: string;
  readonly call: string;
  /** How many times faster than wasmoon's binding this must be. */
  readonly goal?: number;
}

const CASES: readonly Case[] = [
  { name: 'two numbers in, one out', setUp: 'local f = add', call: 'f(i, 2)', goal: 20 },
  { name: 'nothing in, nothing out', setUp: 'local f = nop', call: 'f()' },
  { name: '1 KB string in', setUp: `local f, s = take, '${TEXT}'`, call: 'f(s)' },
  { name: '1 KB string out', setUp: 'local f = give', call: 'f()' },
  { name: '1 KB string in and out', setUp: `local f, s = both, '${TEXT}'`, call: 'f(s)', goal: 15 },
  { name: 'table of 10 fields in', setUp: `local f, t = take, ${TABLE}`, call: 'f(t)', goal: 10 },
  { name: 'table of 10 fields out', setUp: 'local f = table_out', call: 'f()' },
];

const RECORD = { id: 'abc', name: 'report', size: 10, ratio: 0.5, done: true };
const TABLE_OUT = { ...RECORD, kind: 'text', owner: 'me', count: 3, path: 'a/b', score: 7 };

/** Keeps what calls were given, so that no engine can leave the work out. */
let taken: unknown;

const OUR_FUNCTIONS: readonly HostFunction[] = [
  { path: 'add', waits: false, call: (args) => args.number(1) + args.number(2) },
  { path: 'nop', waits: false, call: () => undefined },
  {
    path: 'take',
    waits: false,
    call: (args) => {
      taken = args.value(1);
      return undefined;
    },
  },
  { path: 'give', waits: false, call: () => TEXT },
  { path: 'both', waits: false, call: (args) => args.value(1) },
  { path: 'table_out', waits: false, call: () => TABLE_OUT },
  { path: 'bytes', waits: false, call: (args) => args.bytes(1) },
];

function ours(): Vm {
  return createWasmoonEngine().createVm({
    memoryLimitBytes: 256 * MIB,
    functions: OUR_FUNCTIONS,
    preludes: [],
  });
}

function runOurs(vm: Vm, source: string): void {
  const step = vm.start({ source: Buffer.from(source), name: '=bench' }, []);
  if (step.state === 'failed') throw step.error;
}

async function theirs(options: { enableProxy?: boolean }): Promise<LuaEngine> {
  const lua = await new LuaFactory().createEngine(options);
  lua.global.set('add', (a: number, b: number) => a + b);
  lua.global.set('nop', () => undefined);
  lua.global.set('take', (value: unknown) => {
    taken = value;
  });
  lua.global.set('give', () => TEXT);
  lua.global.set('both', (text: string) => text);
  lua.global.set('table_out', () => TABLE_OUT);
  return lua;
}

function runTheirs(lua: LuaEngine, source: string): void {
  lua.doStringSync(source);
  // Its results stay on the stack otherwise, until it overflows.
  lua.global.setTop(0);
}

export async function benchHostCalls(): Promise<void> {
  const vm = ours();
  const proxies = await theirs({});
  const copies = await theirs({ enableProxy: false });
  const rows = [['host call', 'llmspell', 'wasmoon', 'wasmoon copies', 'faster', 'goal', '']];
  for (const { name, setUp, call, goal } of CASES) {
    const source = `${setUp} for i = 1, ${CALLS} do ${call} end`;
    const [own = 0, proxied = 0, copied = 0] = await measure(
      [
        { name: 'llmspell', run: () => runOurs(vm, source) },
        { name: 'wasmoon', run: () => runTheirs(proxies, source) },
        { name: 'wasmoon copies', run: () => runTheirs(copies, source) },
      ],
      { warmUps: 4, rounds: 7 },
    );
    const ratio = Math.min(proxied, copied) / own;
    rows.push([
      name,
      ...[own, proxied, copied].map((ms) => formatTime(ms / CALLS)),
      formatRatio(ratio),
      goal === undefined ? '' : `${goal}x`,
      goal === undefined ? '' : formatGoal(ratio >= goal),
    ]);
  }
  printTable(`Host calls, per call, median of 7 x ${CALLS}`, rows);
  benchBinary(vm);
  if (taken === undefined) throw new Error('no call was made');
}

function benchBinary(vm: Vm): void {
  const bytes = new Uint8Array(randomBytes(MIB));
  const started = performance.now();
  const rounds = 20;
  let isExact = true;
  for (let i = 0; i < rounds; i += 1) {
    const step = vm.start({ source: Buffer.from(BINARY_CALL), name: '=bench' }, [bytes]);
    const back = step.state === 'returned' ? step.values[0] : undefined;
    isExact &&= back instanceof Uint8Array && Buffer.compare(back, bytes) === 0;
  }
  printTable('1 MB of random bytes, in and out twice', [
    ['per round', 'byte-exact'],
    [formatTime((performance.now() - started) / rounds), isExact ? 'yes' : 'NO'],
  ]);
}
