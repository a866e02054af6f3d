/** Branches that a script starts: the engine's part of `parallel`. */
import { expect, test } from 'vitest';
import type { Engine, HostFunction, Step, Vm } from '../../../runtime/engine/engine.js';
import { chunk, Driver, MIB } from './driver.js';

/** Shows scripts what the preludes build on. */
const PRELUDE = `local engine = ...
  engine.globals.start, engine.globals.await = engine.start_branch, engine.await_branch
  engine.globals.require_branches = engine.require_branches
  engine.globals.take, engine.globals.wait_for, engine.globals.changed = engine.take, engine.wait_for, engine.changed`;

/** Three branches that call twice each, and the one that waits for them. */
const THREE = `local left = 3
  for i = 1, 3 do
    start(function()
      note(i .. later(i))
      note(i .. later(i * 10))
      left = left - 1
    end)
  end
  note('started')
  while left > 0 do await() end
  return 'end'`;

interface Calls {
  /** The branch of each call to `whose`, which answers at once. */
  readonly branches: string[];
  readonly ended: string[];
  readonly driver: Driver;
}

function startingDriver(engine: Engine): Calls {
  const branches: string[] = [];
  const ended: string[] = [];
  const whose: HostFunction = {
    path: 'whose',
    waits: false,
    call: (args) => {
      branches.push(args.branch);
      return args.branch;
    },
  };
  const driver = new Driver(engine, {
    functions: [whose, heldFunction()],
    preludes: [chunk(PRELUDE, '=prelude')],
    branchEnded: (path) => ended.push(path),
  });
  return { branches, ended, driver };
}

/** A call that lets nobody else run while it waits. */
function heldFunction(): HostFunction {
  return { path: 'held', waits: true, keepsTurn: true, call: (args) => args.wait() };
}

/** Answers the oldest call that waits until nothing does. */
function drive(driver: Driver, step: Step): Step {
  let current = step;
  while (current.state === 'waiting') {
    const [oldest] = driver.outcomes.keys();
    current = driver.answer(oldest as number);
  }
  return current;
}

export function scriptBranchesContract(engine: Engine): void {
  test('a branch that the script starts runs once the running one waits', () => {
    const { driver } = startingDriver(engine);
    const step = driver.start(THREE);
    expect(step).toEqual({ state: 'waiting', branch: 0, call: undefined });
    expect(driver.notes).toEqual(['started']);
    expect([...driver.outcomes.keys()]).toEqual([1, 2, 3]);
    expect(drive(driver, step)).toMatchObject({ state: 'returned', branch: 0, values: ['end'] });
    expect(driver.notes).toEqual(['started', '11', '22', '33', '110', '220', '330']);
  });

  test('answers reach the branches that wait for them, in whatever order they come', () => {
    const { driver } = startingDriver(engine);
    driver.start(THREE);
    for (const call of [3, 4, 1, 2, 6]) {
      expect(driver.answer(call)).toMatchObject({ state: 'waiting', branch: 0 });
    }
    expect(driver.answer(5)).toMatchObject({ state: 'returned', values: ['end'] });
    expect(driver.notes.slice(1)).toEqual(['33', '330', '11', '22', '220', '110']);
  });

  test('each has a path that tells who started it, and in which order', () => {
    const { driver, branches, ended } = startingDriver(engine);
    const script = `whose()
      local left = 2
      local function inner() whose() later(1) left = left - 1 end
      start(function()
        whose()
        start(inner)
        start(inner)
        while left > 0 do await() end
        whose()
      end)
      await()
      start(whose)
      await()
      return whose()`;
    expect(drive(driver, driver.start(script))).toMatchObject({ values: ['0'] });
    expect(branches).toEqual(['0', '0.1', '0.1.1', '0.1.2', '0.1', '0.2', '0']);
    expect(ended).toEqual(['0.1.1', '0.1.2', '0.1', '0.2', '0']);
  });

  test('coroutines inside of it call in its name', () => {
    const { driver, branches } = startingDriver(engine);
    const script = `start(function()
        coroutine.wrap(function() later(1) whose() table.sort({ 1, 2, 3 }, function(a, b) whose() return a < b end) end)()
      end)
      await()`;
    drive(driver, driver.start(script));
    expect(new Set(branches)).toEqual(new Set(['0.1']));
  });

  test('while a call keeps its turn, no other branch runs', () => {
    const { driver } = startingDriver(engine);
    const step = driver.start(`local left = 2
      start(function() note('a') held() note('b') left = left - 1 end)
      start(function() note('c') left = left - 1 end)
      while left > 0 do await() end
      note('d')`);
    expect(step).toMatchObject({ state: 'waiting' });
    expect(driver.notes).toEqual(['a']);
    expect(driver.vm.resume(1, { ok: true, value: undefined })).toMatchObject({
      state: 'returned',
    });
    expect(driver.notes).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a place is for one of them at a time, in the order in which they came', () => {
    const { driver } = startingDriver(engine);
    const step = driver.start(`local left, here = 4, {}
      for i = 1, 4 do
        start(function()
          pcall(function()
            local place <close> = take(here, 'take')
            note('in ' .. i)
            later(i)
            note('out ' .. i)
            if i == 2 then error('leaves all the same') end
          end)
          left = left - 1
        end)
      end
      while left > 0 do await() end
      local place <close> = take(here, 'take')
      return 'free'`);
    expect(drive(driver, step)).toMatchObject({ values: ['free'] });
    const order = [1, 2, 3, 4].flatMap((i) => [`in ${i}`, `out ${i}`]);
    expect(driver.notes).toEqual(order);
  });

  test('they wait for what another one tells', () => {
    const { driver } = startingDriver(engine);
    const step = driver.start(`local left, value, what = 3, nil, {}
      for i = 1, 2 do
        start(function()
          while not value do wait_for(what, 'wait_for') end
          note(i .. value)
          left = left - 1
        end)
      end
      start(function()
        changed(what)
        later(1)
        value = 'told'
        changed(what)
        note('told')
        left = left - 1
      end)
      while left > 0 do await() end
      changed(what)
      return 'end'`);
    expect(drive(driver, step)).toMatchObject({ values: ['end'] });
    expect(driver.notes).toEqual(['told', '1told', '2told']);
  });

  test('one that fails by itself ends the branch of the host', () => {
    const { driver } = startingDriver(engine);
    const step = driver.start("start(function() later(1) error('lost') end) await()");
    expect(drive(driver, step)).toMatchObject({ state: 'failed', branch: 0 });
  });

  test('what they share is shared, what is theirs is theirs', () => {
    const { driver } = startingDriver(engine);
    const script = `local sum, left = 0, 50
      for i = 1, 50 do
        start(function()
          local own = later(i)
          local again = later(own)
          sum = sum + own + again
          left = left - 1
        end)
      end
      while left > 0 do await() end
      return sum`;
    const step = driver.start(script);
    let ended = step;
    while (ended.state === 'waiting') {
      const calls = [...driver.outcomes.keys()];
      ended = driver.answer(calls[7 % calls.length] as number);
    }
    expect(ended).toMatchObject({ values: [50 * 51] });
  });

  test('cannot be resumed, closed or left by a yield', () => {
    const { driver } = startingDriver(engine);
    const script = `local child, left, message = nil, 1, nil
      start(function()
        child = coroutine.running()
        message = select(2, pcall(coroutine.yield, 1))
        later(1)
        left = 0
      end)
      start(function()
        note(select(2, coroutine.resume(child)))
        note((pcall(coroutine.close, child)))
      end)
      while left > 0 do await() end
      return message, coroutine.isyieldable()`;
    expect(drive(driver, driver.start(script))).toMatchObject({
      values: ['script.lua:4: attempt to yield from outside a coroutine', false],
    });
    expect(driver.notes).toEqual(['cannot resume non-suspended coroutine', false]);
  });

  test('are refused where nothing can wait, and where they are nested without end', () => {
    const { driver } = startingDriver(engine);
    const [ok, code, line] = driver.values(`local ok, err
      local co = coroutine.create(function()
        local closing <close> = setmetatable({}, { __close = function() ok, err = pcall(require_branches, 'p') end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      coroutine.close(co)
      return ok, err.code, err.line`);
    expect([ok, code, line]).toEqual([false, 'AWAIT_FORBIDDEN', 3]);
    const nested = `local deepest, problem = 0, nil
      local function nest(depth)
        deepest = depth
        local ok, err = pcall(require_branches, 'p')
        if not ok then problem = err.message return end
        local done = false
        start(function() nest(depth + 1) done = true end)
        while not done do await() end
      end
      nest(1)
      return deepest, problem`;
    expect(driver.values(nested)).toEqual([
      200,
      "stack overflow ('p' inside 'p', 200 levels deep)",
    ]);
  });

  test('10,000 that end leave nothing behind', () => {
    const { driver } = startingDriver(engine);
    const script = `for round = 1, 10 do
        local left = 1000
        for i = 1, 1000 do start(function() pcall(error, i) left = left - 1 end) end
        while left > 0 do await() end
      end
      collectgarbage() return collectgarbage('count')`;
    const before = driver.value(script) as number;
    expect(driver.value(script)).toBeLessThan(before + 20);
    expect(driver.vm.memoryBytes).toBeLessThan(32 * MIB);
  });

  test('what is left for the end runs although some still wait', () => {
    const { driver } = startingDriver(engine);
    driver.start('start(function() later(1) end) await()');
    expect(driver.vm.finish()).toMatchObject({ state: 'returned' });
    expect(() => driver.answer(1)).toThrow('no branch waits for call 1');
  });

  test.runIf(engine.capabilities.snapshot)('a photograph has all that wait', () => {
    const first = startingDriver(engine).driver;
    first.start(THREE);
    first.answer(2);
    const image = photograph(first.vm);
    const outcomes = new Map(first.outcomes);
    for (const order of [
      [1, 3, 4, 5, 6],
      [4, 3, 5, 1, 6],
    ]) {
      const { driver } = startingDriver(engine);
      const vm = engine.restoreVm?.(driver.options, image) as Vm;
      const steps = order.map((call) => {
        const value = call > 3 ? call : outcomes.get(call)?.ok;
        return vm.resume(call, { ok: true, value: String(value) });
      });
      expect(steps.at(-1)).toMatchObject({ state: 'returned', values: ['end'] });
      expect(steps.slice(0, -1).every(({ state }) => state === 'waiting')).toBe(true);
    }
  });

  test.runIf(engine.capabilities.snapshot)('a photograph has those whose turn is kept', () => {
    const first = startingDriver(engine).driver;
    const step = first.start(`local left = 2
      start(function() held() left = left - 1 end)
      start(function() note('after') left = left - 1 end)
      while left > 0 do await() end
      return 'end'`);
    expect(step).toMatchObject({ state: 'waiting', call: undefined });
    const { driver } = startingDriver(engine);
    const vm = engine.restoreVm?.(driver.options, photograph(first.vm)) as Vm;
    expect(vm.resume(1, { ok: true, value: undefined })).toMatchObject({ values: ['end'] });
    expect(driver.notes).toEqual(['after']);
  });
}

function photograph(vm: Vm) {
  const image = vm.snapshot?.();
  if (image === undefined) throw new Error('the engine takes no photographs');
  return image;
}
