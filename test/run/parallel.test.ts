/** Functions that run side by side: whatever the timing was, a run goes on and is replayed as it was. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { defineTool, type RunEvent, Runtime } from '../../bindings/node/index.js';
import type { CallOutcome } from '../../runtime/journal/journal-event.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { completed, interrupted, replayed, script, workshop } from './kept-runs.js';

/** Branches that call, wait, say something and start others, at the pace of a tool. */
const STORM = `local log = {}
local function note(...)
  local text = table.concat({ ... }, ' ')
  log[#log + 1] = text
  print(#log, text)
end
local function work(name, depth)
  for round = 1, 3 do
    local got = Tool.execute('slow', { name = name, round = round }).result
    note(name, got:sub(1, 9), #got, os.time() > 0 and math.random(1000) or 0)
    note(name, Tool.execute('slow', { name = name, round = -round }).error.code)
    if depth > 0 and round == 2 then
      parallel.map({ 'x', 'y' }, function(child) return work(name .. child, depth - 1) end)
    end
  end
  return name
end
local names = parallel.map({ 'a', 'b', 'c', 'd' }, function(name) return work(name, 1) end, { max_parallel = 3 })
return table.concat(names, ''), #log, table.concat(log, '\\n')`;

interface Storm {
  readonly runtime: Runtime;
  /** Milliseconds that the tool takes. */
  delay: () => number;
  readonly keys: string[];
}

/** A runtime whose tool answers when it likes; rounds below 0 fail. */
async function storm(settings: Readonly<Record<string, unknown>> = {}): Promise<Storm> {
  const keys: string[] = [];
  const slow = defineTool({
    name: 'slow',
    description: 'Answers after a while',
    parameters: { type: 'object' },
    effect: 'idempotent',
    execute: async ({ name, round }: { name: string; round: number }, { idempotencyKey = '' }) => {
      keys.push(idempotencyKey);
      const ms = made.delay();
      if (ms > 0) await pause(ms);
      if (round < 0) throw new Error('no');
      return `${name}${round}${'.'.repeat(name === 'b' ? 5000 : 1)}`;
    },
  });
  const runtime = await Runtime.open({ dataDir: temporaryFolder(), tools: [slow], settings });
  onTestFinished(() => runtime.close());
  const made: Storm = { runtime, keys, delay: () => 0 };
  return made;
}

async function callsOf(runtime: Runtime, id: string): Promise<CallOutcome[]> {
  const entries = await runtime.runs.entries(id);
  return entries.flatMap(({ event }) => (event.type === 'call' ? [event] : []));
}

describe('the record of a run with branches', () => {
  test('names each call by its branch and its number there', async () => {
    const { runtime } = await storm();
    const id = await completed(
      runtime,
      `os.time()
       parallel({
         function() os.time() parallel({ os.time, os.time }) os.time() end,
         function() os.time() end,
       })
       parallel.map({ 1 }, function() os.time() end)
       os.time()`,
    );
    const sites = (await callsOf(runtime, id)).map(({ branch, ordinal }) => `${branch}#${ordinal}`);
    expect(sites.sort()).toEqual([
      ...['0#1', '0#2', '0.1#1', '0.1#2', '0.1.1#1', '0.1.2#1', '0.2#1', '0.3#1'],
    ]);
  });

  test('gives every call a key of its own, and keeps it for another attempt', async () => {
    const { runtime, keys } = await storm();
    const code = `return parallel.map({ 1, 2, 3 }, function() Tool.execute('slow', {}) Tool.execute('slow', {}) end)`;
    const id = await completed(runtime, code);
    expect(new Set(keys).size).toBe(6);
    const fork = await runtime.runs.fork(id, { at: 1 });
    await runtime.runs.resume(fork.id);
    expect(new Set(keys).size).toBe(12);
  });

  test('is told to observers with the branch', async () => {
    const { runtime } = await storm();
    const run = runtime.eval(`parallel.map({ 'a', 'b' }, function(name)
        os.execute(name == 'a' and 'sleep 0.02' or 'sleep 0.01') print(name)
        Session.create({ name = name })
      end) print('end')`);
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    const toldOf = (name: string) =>
      events.filter(({ branch }) => branch === name).map(({ type }) => type);
    expect(toldOf('0')).toEqual(['run.start', 'stdout', 'run.end']);
    for (const branch of ['0.1', '0.2']) {
      expect(toldOf(branch)).toEqual([
        ...['call.start', 'call.end', 'stdout', 'call.start', 'session', 'call.end'],
      ]);
    }
    // Both had begun before either went on, and both were at their end before the script went on.
    expect(events.slice(1, 3).map(({ branch }) => branch)).toEqual(['0.1', '0.2']);
    expect(events.slice(-2).map(({ branch }) => branch)).toEqual(['0', '0']);
  });
});

describe('a race', () => {
  test('is replayed as it went, byte for byte', { timeout: 120_000 }, async () => {
    const made = await storm({ 'runtime.durability.snapshot_every_entries': 7 });
    const outputs = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      made.delay = () => Math.floor(Math.random() * 4) * (round % 3);
      let output = '';
      const run = await made.runtime.eval(STORM, {
        onOutput: (_, bytes) => {
          output += Buffer.from(bytes).toString();
        },
      });
      expect((run.value as unknown[]).slice(0, 2)).toEqual(['abcd', 72]);
      outputs.add(output.replace(/\d+\n/g, ''));
      const called = made.keys.length;
      for (let time = 0; time < 2; time += 1) {
        const report = await replayed(made.runtime, run.run);
        expect(report).toMatchObject({ diverged: null, output, outcome: { value: run.value } });
        expect(report.verifiedEntries).toBe(run.usage.calls);
      }
      expect(made.keys).toHaveLength(called);
    }
    // The timing was another one each time, or nothing was shown.
    expect(outputs.size).toBeGreaterThan(2);
  });

  test('goes on as it went wherever it is stopped', { timeout: 120_000 }, async () => {
    const made = await storm({ 'runtime.durability.snapshot_every_entries': 5 });
    made.delay = () => Math.floor(Math.random() * 4);
    for (let stop = 1; stop < 90; stop += 8) {
      const controller = new AbortController();
      made.keys.length = 0;
      let output = '';
      const onOutput = (_: string, bytes: Uint8Array) => {
        output += Buffer.from(bytes).toString();
      };
      const run = made.runtime.eval(STORM, { signal: controller.signal, onOutput });
      let ends = 0;
      for await (const event of run) {
        if (event.type === 'call.end' && ends++ === stop) controller.abort();
      }
      expect((await run.outcome).status).toBe('interrupted');
      const { value, error } = await made.runtime.runs.resume(run.id, { onOutput }).outcome;
      expect(error).toBeUndefined();
      const [names, count, log] = value as [string, number, string];
      expect([names, count]).toEqual(['abcd', 72]);
      const said = log.split('\n').map((line, i) => `${i + 1}\t${line}\n`);
      expect(output).toBe(said.join(''));
      const { diverged, output: again } = await replayed(made.runtime, run.id);
      expect(diverged).toBeNull();
      expect(again).toBe(output);
      // At most those that were in flight were made again, with the key that they had.
      expect(made.keys.length - new Set(made.keys).size).toBeLessThanOrEqual(5);
      expect(new Set(made.keys).size).toBe(72);
    }
  });

  test('between a long answer and a short one keeps its order', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = `local s = Session.create()
      local long = Artifact.store(s, 'tool_result', 'long', ('x'):rep(300000))
      local order = {}
      parallel({
        function() for i = 1, 5 do Artifact.get(s, long) order[#order + 1] = 'long' end end,
        function() for i = 1, 20 do State.get('x') order[#order + 1] = 'short' end end,
      })
      return table.concat(order, ' ')`;
    const run = await runtime.eval(code);
    const report = await replayed(runtime, run.run);
    expect(report).toMatchObject({ diverged: null, outcome: { value: run.value } });
  });

  test('does not hang on what the clock, the locale or the seed of a process is', async () => {
    const { runtime } = await storm();
    const code = `local order = {}
      local keys = { [{}] = 1, [function() end] = 2, x = 3, y = 4, [1.5] = 5 }
      parallel.map({ 1, 2, 3, 4 }, function(i)
        for key in pairs(keys) do os.execute('sleep 0') order[#order + 1] = i .. type(key) end
      end)
      return table.concat(order, ' ') .. os.date('%c') .. os.clock() .. tostring(math.random())`;
    const run = await runtime.eval(code);
    vi.stubEnv('TZ', 'Asia/Kathmandu');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const report = await replayed(runtime, run.run);
    expect(report).toMatchObject({ diverged: null, outcome: { value: run.value } });
  });
});

/** Three branches that make three calls each; the second one ends first. */
const THREE = `local function go(name, ms)
  for i = 1, 3 do os.execute('sleep ' .. ms / 1000) State.set('at', name .. i) end
  return name
end
return #parallel({ function() return go('a', 20) end, function() return go('b', 1) end, function() return go('c', 10) end })`;

describe('a changed script is told apart', () => {
  test.each([
    {
      change: 'another argument in a branch',
      from: "go('b', 1)",
      to: "go('B', 1)",
      diverged: { branch: '0.2', class: 'input', recorded: { op: 'state.set' } },
    },
    {
      change: 'another call in a branch',
      from: "return go('c', 10) end",
      to: "os.time() return go('c', 10) end",
      diverged: { branch: '0.3', class: 'name', actual: { op: 'os.time' } },
    },
    {
      change: 'a call more, which the others wait for',
      from: "return go('b', 1) end",
      to: "go('b', 1) State.get('more') end",
      diverged: { branch: '0.2', class: 'extra', recorded: null, actual: { op: 'state.get' } },
    },
    {
      change: 'a call less, which the others wait for',
      from: "return go('b', 1) end",
      to: 'return 1 end',
      diverged: { branch: '0.2', class: 'missing', actual: null },
    },
    {
      change: 'a branch less',
      from: "function() return go('b', 1) end, ",
      to: '',
      diverged: { branch: '0.2', class: 'input' },
    },
    {
      change: 'a branch more',
      from: "go('c', 10) end }",
      to: "go('c', 10) end, os.time }",
      diverged: { branch: '0.4', class: 'extra', actual: { op: 'os.time' } },
    },
  ])('$change', async ({ from, to, diverged }) => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, THREE);
    const changed = THREE.replace(from, to);
    expect(changed).not.toBe(THREE);
    const report = await replayed(runtime, id, { script: script(changed) });
    expect(report.diverged).toMatchObject(diverged);
    expect(report.outcome.error).toMatchObject({ code: 'REPLAY_DIVERGED' });
  });
});

describe('a run whose branches wait', () => {
  const WAITING = `local s = Session.create()
    local got = parallel({
      function() return Tool.execute('count', { step = 1 }).result end,
      function() print('waiting') os.execute('sleep 0.3') return 'slept' end,
      function()
        local first = Tool.execute('count', { step = 2 }).result
        return parallel.map({ 3, 4 }, function(step)
          os.execute('sleep 0.2')
          return first + Tool.execute('count', { step = step }).result
        end)
      end,
      function() return coroutine.wrap(function() return pcall(os.execute, 'sleep 0.1') end)() end,
    })
    return got, Session.get(s).status`;
  const VALUE = [[10, 'slept', [50, 60], true], 'active'];

  test('sleeps, and wakes for each answer', async () => {
    const { open, calls } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_before_wait_ms': 1 });
    const run = await runtime.eval(WAITING);
    expect(run.value).toEqual(VALUE);
    expect(calls).toHaveLength(4);
    const kept = await runtime.runs.get(run.run);
    expect(kept?.checkpoints.length).toBeGreaterThan(0);
    expect((await replayed(runtime, run.run)).outcome.value).toEqual(VALUE);
  });

  test.each([true, false])(
    'is resumed with all of them (from a photograph: %s)',
    async (hasPhoto) => {
      const { open, calls } = workshop();
      const settings = { 'runtime.durability.snapshot_before_wait_ms': hasPhoto ? 1 : 1_000_000 };
      const first = await open(settings);
      const controller = new AbortController();
      const run = first.eval(WAITING, { signal: controller.signal });
      for await (const event of run) {
        const { checkpoints = [] } = (await first.runs.get(run.id)) ?? {};
        const isPhotographed = checkpoints.length > 0 || !hasPhoto;
        if (event.type === 'call.end' && event.branch !== '0' && isPhotographed) controller.abort();
      }
      expect((await run.outcome).status).toBe('interrupted');
      await first.close();
      const second = await open(settings);
      const resumed = second.runs.resume(run.id);
      const made = new Set<string>();
      for await (const event of resumed) if (event.type === 'call.start') made.add(event.op);
      expect((await resumed.outcome).value).toEqual(VALUE);
      // From the photograph on, or from the first line.
      expect(made.has('session.create')).toBe(!hasPhoto);
      expect(new Set(calls.map(({ key }) => key)).size).toBe(4);
      expect((await replayed(second, run.id)).diverged).toBeNull();
    },
  );

  test('is forked with all of them, at any entry', { timeout: 60_000 }, async () => {
    const { open } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 3 });
    const { run: id } = await runtime.eval(WAITING);
    const entries = await runtime.runs.entries(id);
    for (const { seq } of entries) {
      const fork = await runtime.runs.fork(id, { at: seq });
      expect((await runtime.runs.resume(fork.id)).value).toEqual(VALUE);
      expect((await replayed(runtime, fork.id)).diverged).toBeNull();
    }
    expect(await runtime.runs.entries(id)).toEqual(entries);
  });

  test('and is another one than a second run where their answers differ', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = (name: string) =>
      `parallel({ function() State.get('x') end, function() State.get('${name}') end })`;
    const differences = await runtime.runs.diff(
      await completed(runtime, code('a')),
      await completed(runtime, code('b')),
    );
    expect(differences).toMatchObject([{ branch: '0.2', ordinal: 1, kind: 'input' }]);
  });

  test('has a checkpoint by name from inside of a branch', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = `Session.setCurrent(Session.create())
      return parallel({
        function() os.execute('sleep 0.05') return 'a' end,
        function() Session.checkpoint(nil, 'here') return State.get('way') or 'none' end,
      })`;
    const id = await completed(runtime, code);
    const fork = await runtime.runs.fork(id, { at: 'here' });
    expect((await runtime.runs.resume(fork.id)).value).toEqual(['a', 'none']);
  });
});

describe('the current session', () => {
  const code = `local outer = Session.create({ name = 'outer' })
    Session.setCurrent(outer)
    local names = parallel.map({ 'a', 'b' }, function(name)
      local before = Session.get(Session.getCurrent()).name
      Session.setCurrent(Session.create({ name = name }))
      os.execute(name == 'a' and 'sleep 0.05' or 'sleep 0.01')
      local inner = parallel({ function() return Session.get(Session.getCurrent()).name end })[1]
      return before .. ' ' .. inner .. ' ' .. Session.get(Session.getCurrent()).name
    end)
    print('waiting') os.execute('sleep 0.05')
    return names, Session.get(Session.getCurrent()).name`;
  const value = [['outer a a', 'outer b b'], 'outer'];

  test('of a branch is its own, and begins as that of the branch which started it', async () => {
    const { open } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 2 });
    expect((await runtime.eval(code)).value).toEqual(value);
    await using memory = await Runtime.open();
    expect((await memory.eval(code)).value).toEqual(value);
  });

  test('is the same one after a resume and in a fork', async () => {
    const { open } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 2 });
    const id = await interrupted(runtime, code, 20);
    expect((await runtime.runs.resume(id)).value).toEqual(value);
    for (const { seq } of await runtime.runs.entries(id)) {
      const fork = await runtime.runs.fork(id, { at: seq });
      expect((await runtime.runs.resume(fork.id)).value).toEqual(value);
    }
  });

  test('of a branch gets what the branch did onto its timeline', async () => {
    const { open } = workshop();
    const runtime = await open();
    const made = `local ids = parallel.map({ 1, 2 }, function(i)
        local id = Session.create()
        Session.setCurrent(id)
        Tool.execute('count', { step = i })
        return id
      end) return ids`;
    const ids = (await runtime.eval(made)).value as string[];
    const story = runtime.services.story();
    for (const [i, id] of ids.entries()) {
      const events = await story.timeline(id);
      const own = events.filter(({ branch }) => branch !== null);
      expect(own.map(({ event, detail, branch }) => [event, detail, branch])).toEqual([
        ['created', 'active', `0.${i + 1}`],
        ['call', 'tool.execute', `0.${i + 1}`],
      ]);
    }
  });
});
