import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, inject, test } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import type { Step } from '../../runtime/engine/engine.js';
import { Interrupter } from '../../runtime/engine/interrupt.js';
import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { Driver, MIB } from '../contract/engine/driver.js';

const LIMIT_MS = 50;

describe('an interrupter with a time limit', () => {
  test.each([
    ['an empty loop', 'while true do end'],
    [
      'a loop that catches every error',
      'while true do pcall(function() while true do end end) end',
    ],
    ['a loop in a coroutine', 'coroutine.wrap(function() while true do end end)()'],
    ['a loop in a message handler', "xpcall(error, function() while true do end end, 'x')"],
    [
      'a loop in __close',
      'do local x <close> = setmetatable({}, { __close = function() while true do end end }) end',
    ],
    [
      'a loop in __index',
      'local t = setmetatable({}, { __index = function() while true do end end }) return t.x',
    ],
    ['a loop in a comparator', 'table.sort({ 3, 2, 1 }, function() while true do end end)'],
    ['a loop of host calls', 'while true do echo({ 1, 2, 3 }) end'],
    ['a loop that catches errors of the host', "while true do pcall(fail, 'X', 'm') end"],
    [
      'a pattern that backtracks without end',
      "return (('a'):rep(60) .. 'b'):find(('.-'):rep(30) .. 'c')",
    ],
    ['a loop of big copies in C', "while true do ('x'):rep(1 << 20) end"],
    ['a sort in C', 'local t = {} for i = 1, 1e7 do t[i] = -i end while true do table.sort(t) end'],
    [
      'garbage collection',
      'local t = {} for i = 1, 1e6 do t[i] = {} end while true do collectgarbage() end',
    ],
  ])('breaks off %s', (_, script) => {
    const driver = new Driver(createWasmoonEngine(), { memoryLimitBytes: 512 * MIB });
    const slice = () => driver.start(script);
    expect(() => new Interrupter().run(slice, { timeoutMs: LIMIT_MS, onSigint: false })).toThrow(
      expect.objectContaining({ code: 'LIMIT_TIME', hint: expect.stringContaining('--timeout') }),
    );
  });

  test('answers what the slice answers', () => {
    const driver = new Driver(createWasmoonEngine());
    const interrupter = new Interrupter();
    const options = { timeoutMs: 10_000, onSigint: false };
    const step = interrupter.run((): Step => driver.start("return later('x')"), options);
    expect(step).toMatchObject({ state: 'waiting' });
    expect(interrupter.run(() => driver.finish(step), options)).toMatchObject({ values: ['x'] });
  });

  test('lets the errors of a slice through as they are', () => {
    const error = new SpellError('MINE', 'no');
    const slice = () => {
      throw error;
    };
    expect(() => new Interrupter().run(slice, { timeoutMs: 1000, onSigint: false })).toThrow(error);
  });

  test('goes on with other VMs after one was broken off', () => {
    const interrupter = new Interrupter();
    const busy = new Driver(createWasmoonEngine());
    const options = { timeoutMs: LIMIT_MS, onSigint: false };
    expect(() => interrupter.run(() => busy.start('while true do end'), options)).toThrow();
    const other = new Driver(createWasmoonEngine());
    const step = interrupter.run(() => other.start('return 7'), {
      timeoutMs: 10_000,
      onSigint: false,
    });
    expect(step).toMatchObject({ values: [7] });
  });

  test.each([1e10, Number.MAX_SAFE_INTEGER])('takes a limit of %d ms', (timeoutMs) => {
    expect(new Interrupter().run(() => 1, { timeoutMs, onSigint: false })).toBe(1);
  });

  test('takes a limit below a millisecond', () => {
    const busy = new Driver(createWasmoonEngine());
    const slice = () => busy.start('while true do end');
    const options = { timeoutMs: 0.2, onSigint: false };
    expect(() => new Interrupter().run(slice, options)).toThrow(/time limit/);
  });

  test('may run inside a slice of another one', () => {
    const options = { timeoutMs: 10_000, onSigint: false };
    const inner = () => new Interrupter().run(() => 'inner', options);
    expect(new Interrupter().run(inner, options)).toBe('inner');
  });
});

/** Runs a busy loop and prints what ended it. */
const PROGRAM = `
  import { writeSync } from 'node:fs';
  const { Interrupter } = await import(process.argv[1]);
  const { createWasmoonEngine } = await import(process.argv[2]);
  process.on('SIGINT', () => {});
  const vm = createWasmoonEngine().createVm({ memoryLimitBytes: 64 << 20, functions: [], preludes: [] });
  const chunk = { source: Buffer.from('while true do pcall(string.rep, "x", 1000) end'), name: '=busy' };
  writeSync(1, 'ready ');
  try {
    new Interrupter().run(() => vm.start(chunk, []), { onSigint: true });
  } catch (error) {
    writeSync(1, error.code);
  }
  process.exit(0);`;

test('SIGINT breaks off a busy slice, whatever handlers the program has', async () => {
  expect(inject('buildError')).toBe('');
  const built = (path: string) =>
    new URL(`../../dist/runtime/engine/${path}`, import.meta.url).href;
  const modules = [built('interrupt.js'), built('wasmoon/wasmoon-engine.js')];
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, ...modules]);
  let output = '';
  let repeat: NodeJS.Timeout | undefined;
  child.stdout.on('data', (piece) => {
    output += piece;
    // The first signal may come before the slice has begun.
    repeat ??= setInterval(() => child.kill('SIGINT'), 50);
  });
  await once(child, 'exit');
  clearInterval(repeat);
  expect(output).toBe('ready ABORTED');
});
