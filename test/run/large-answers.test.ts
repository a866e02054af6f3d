/** Answers that are large do not pile up with the host, however many are asked for at once or one after the other. */
import { spawnSync } from 'node:child_process';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './run-fixture.js';

const PROGRAM = 'test/fixtures/large-answers.mjs';
/** In MiB: the answers of a run have some 800 together. */
const MOST = 600;

test.each([
  ['memory', 'side-by-side'],
  ['lmdb', 'side-by-side'],
  ['lmdb', 'in-a-row'],
])('on %s, read %s', { timeout: 180_000 }, (storage, way) => {
  expect(inject('buildError')).toBe('');
  const child = spawnSync(process.execPath, [PROGRAM, storage, temporaryFolder(), way], {
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  const { peak, ...ended } = JSON.parse(child.stdout);
  expect(ended).toEqual({ status: 'completed', error: null, value: 300 });
  expect(peak).toBeLessThan(MOST);
});

test('a read that fails makes room for those that wait', async () => {
  const runtime = await openRuntime({ storage: 'memory' });
  const { value } = await runtime.eval(`
    local session, list = Session.create(), {}
    local id = Artifact.store(session, 'tool_result', 'a', 'content')
    for i = 1, 100 do list[i] = i end
    local ends = parallel.map(list, function(i)
      return i % 2 == 0 and Artifact.get(session, id).content or Artifact.get(session, 'none')
    end, { settle = true })
    local read, failed = 0, 0
    for _, each in ipairs(ends) do
      if each.ok then assert(each.value == 'content' or each.value == nil) end
      if each.ok and each.value then read = read + 1 else failed = failed + 1 end
    end
    return { read, failed }`);
  expect(value).toEqual([50, 50]);
});

test('a run whose reads wait can be aborted', async () => {
  const runtime = await openRuntime({ storage: 'memory' });
  const controller = new AbortController();
  const run = runtime.eval(
    `local session, list = Session.create(), {}
     local id = Artifact.store(session, 'tool_result', 'a', ('x'):rep(100000))
     for i = 1, 1000 do list[i] = i end
     print('reading')
     while true do parallel.map(list, function() return Artifact.get(session, id).size end) end`,
    { signal: controller.signal, onOutput: () => void setTimeout(() => controller.abort(), 20) },
  );
  expect((await run.outcome).error?.code).toBe('ABORTED');
});
