/** Branches wait side by side, VMs come and go, and neither leaves anything behind. */
import { expect, test } from 'vitest';
import type { Engine, Step } from '../../../runtime/engine/engine.js';
import { callOf, chunk, Driver, MIB } from './driver.js';

export function branchesContract(engine: Engine): void {
  test('branches that wait at once are resumed in any order', () => {
    const driver = new Driver(engine);
    const steps = Array.from({ length: 100 }, (_, i) =>
      driver.start(
        'local i = ... local a = later(i) local b = later(a + 1) note(b) return i, b',
        '@b',
        [i],
      ),
    );
    expect(new Set(steps.map(({ branch }) => branch)).size).toBe(100);
    const order = steps.map((_, i) => (i * 37) % 100);
    const second = order.map((i): Step => resumeOnce(driver, steps[i] as Step));
    const ended = second.reverse().map((step) => resumeOnce(driver, step));
    expect(ended.every(({ state }) => state === 'returned')).toBe(true);
    expect(driver.notes).toEqual([...order].reverse().map((i) => i + 1));
  });

  test('branches share their globals and keep their locals', () => {
    const driver = new Driver(engine);
    const first = driver.start("shared = 1 local own = 'a' later(0) return shared, own");
    expect(driver.values("local own = 'b' shared = shared + 1 return own")).toEqual(['b']);
    expect(driver.finish(first)).toMatchObject({ values: [2, 'a'] });
  });

  test('one branch that fails leaves the others waiting', () => {
    const driver = new Driver(engine);
    const first = driver.start("return later('kept')");
    expect(driver.error("error('other')").message).toBe('other');
    expect(driver.finish(first)).toMatchObject({ state: 'returned', values: ['kept'] });
  });

  test('several coroutines of one branch cannot confuse their answers', () => {
    const driver = new Driver(engine);
    const script = `local parts = {}
      local function worker(name)
        return coroutine.wrap(function()
          for i = 1, 3 do
            parts[#parts + 1] = later(name .. i)
            coroutine.yield()
          end
        end)
      end
      local a, b = worker('a'), worker('b')
      for _ = 1, 3 do a() b() end
      return table.concat(parts, ' ')`;
    expect(driver.value(script)).toBe('a1 b1 a2 b2 a3 b3');
  });

  test('a branch that waits cannot be resumed or closed by another one', () => {
    const driver = new Driver(engine);
    const first = driver.start(
      "MAIN = coroutine.running() INNER = coroutine.create(later) coroutine.resume(INNER, 1) return later('kept')",
    );
    const script = `local ok, message = coroutine.resume(MAIN, 'forged')
      local ok2, message2 = coroutine.resume(INNER, 'forged')
      return ok, message, ok2, message2, (pcall(coroutine.close, MAIN)), (pcall(coroutine.close, INNER))`;
    expect(driver.values(script)).toEqual([
      ...[false, 'cannot resume non-suspended coroutine'],
      ...[false, 'cannot resume a coroutine that waits for the host', false, false],
    ]);
    expect(driver.finish(first)).toMatchObject({ state: 'returned', values: ['kept'] });
  });

  test('an answer to a call that nobody made is refused', () => {
    const driver = new Driver(engine);
    const step = driver.start('return later(1)');
    expect(() => driver.vm.resume(999, { ok: true, value: 1 })).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
    const call = callOf(step);
    expect(driver.vm.resume(call, { ok: true, value: 'first' })).toMatchObject({
      values: ['first'],
    });
    expect(() => driver.vm.resume(call, { ok: true, value: 'again' })).toThrow('no branch waits');
  });

  test('globals of the host are data in Lua', () => {
    const driver = new Driver(engine);
    driver.vm.setGlobal('config', new Map([['list', [1, 2]]]));
    driver.vm.setGlobal('empty', []);
    driver.vm.setGlobal('none', undefined);
    expect(driver.values('return config.list[2], #empty, none, echo(empty)')).toEqual([
      2,
      0,
      undefined,
      [],
    ]);
  });

  test('a host function is found under all its names, and inside its global', () => {
    const seen: string[] = [];
    const call = (args: { path: string }) => {
      seen.push(args.path);
      return undefined;
    };
    const driver = new Driver(engine, {
      functions: [
        {
          path: 'Thing.doIt',
          aliases: ['do_it', 'perform'].map((n) => `Thing.${n}`),
          waits: false,
          call,
        },
        { path: 'host.hidden', waits: false, call },
      ],
      preludes: [
        chunk('local engine = ... function engine.globals.reach() engine.host.hidden() end', '=p'),
      ],
    });
    expect(
      driver.value('Thing.doIt() Thing.do_it() Thing.perform() reach() return host'),
    ).toBeUndefined();
    expect(seen).toEqual(['Thing.doIt', 'Thing.doIt', 'Thing.doIt', 'host.hidden']);
  });

  test('two hundred VMs live at once, each with its own globals', () => {
    const drivers = Array.from({ length: 200 }, () => new Driver(engine));
    drivers.forEach((driver, i) => {
      driver.vm.setGlobal('me', i);
    });
    expect(drivers.map((driver) => driver.value('return later(me)'))).toEqual(
      drivers.map((_, i) => i),
    );
    for (const { vm } of drivers) vm.dispose();
  });

  test('two hundred VMs one after the other', () => {
    for (let i = 0; i < 200; i += 1) {
      const driver = new Driver(engine);
      expect(driver.value('return later(...)', i)).toBe(i);
      driver.vm.dispose();
    }
  });

  test('20,000 host calls leave nothing behind', () => {
    const driver = new Driver(engine);
    const calls = `for i = 1, 10000 do
        echo({ i, 'text' .. i, { nested = i } })
        pcall(fail, 'CODE', 'message')
      end
      collectgarbage() return collectgarbage('count')`;
    const before = driver.value(calls) as number;
    const bytes = driver.vm.memoryBytes;
    expect(driver.value(calls)).toBeLessThan(before + 20);
    expect(driver.vm.memoryBytes).toBe(bytes);
  });

  test('20,000 calls that wait leave nothing behind', () => {
    const driver = new Driver(engine);
    const calls = `for i = 1, 5000 do
        later(i)
        coroutine.wrap(function() later({ i }) end)()
        pcall(fail_later, 'CODE', 'message')
        xpcall(error, function() later('x' .. i) end)
      end
      collectgarbage() return collectgarbage('count')`;
    const before = driver.value(calls) as number;
    const bytes = driver.vm.memoryBytes;
    expect(driver.value(calls)).toBeLessThan(before + 20);
    expect(driver.vm.memoryBytes).toBe(bytes);
  });

  test('5,000 branches that end or fail leave nothing behind', () => {
    const driver = new Driver(engine);
    const count = () => driver.value("collectgarbage() return collectgarbage('count')") as number;
    const round = () => {
      for (let i = 0; i < 2500; i += 1) {
        driver.run('return later(...)', i);
        driver.run("later(1) error('x')");
      }
      return count();
    };
    const before = round();
    expect(round()).toBeLessThan(before + 20);
    expect(driver.vm.memoryBytes).toBeLessThan(32 * MIB);
  });
}

function resumeOnce(driver: Driver, step: Step): Step {
  return driver.answer(callOf(step));
}
