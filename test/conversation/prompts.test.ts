/** Prompts in runs that are recorded: replayed without a model, and gone on with where they were interrupted. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Run, Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const SCRIPT = `
local id = Session.create({ session_id = 'graph' })
local ids, group = Session.executeParallel(id, {
  { name = 'sum', user_prompt = 'Sum up: {{one}} {{two}} {{three}}', depends_on = { 'one', 'two', 'three' } },
  { name = 'one', user_prompt = 'slow 1' },
  { name = 'two', user_prompt = 'slow 2' },
  { name = 'three', user_prompt = 'slow 3' },
}, { max_parallel = 2, on_progress = function(done, total, status) print(done, total, status.name) end })
print(Session.getMessage(id, ids[1]).content)
return Session.groupStatus(id, group).completed`;

const ANSWER = 'slowly: Sum up: slowly: slow 1 slowly: slow 2 slowly: slow 3';

async function open(dataDir: string): Promise<Runtime> {
  const runtime = await Runtime.open({
    dataDir,
    settings: {
      'providers.demo.provider_type': 'scripted',
      'providers.demo.script': 'test/lua/prompts/answers.toml',
    },
  });
  onTestFinished(() => runtime.close());
  return runtime;
}

/** What a run prints, and the calls of models that were made for it. */
async function watched(run: Run): Promise<{ output: string; asked: number }> {
  let output = '';
  let asked = 0;
  for await (const event of run) {
    if (event.type === 'stdout') output += event.text;
    if (event.type === 'call.start' && event.op === 'llm.generate') asked += 1;
  }
  return { output, asked };
}

describe('prompts that are executed side by side', () => {
  test('are replayed without a model, in the order in which they were answered', async () => {
    const runtime = await open(temporaryFolder());
    const run = runtime.eval(SCRIPT);
    const { output, asked } = await watched(run);
    expect(asked).toBe(4);
    expect(output).toContain(ANSWER);
    expect(output.match(/\t4\t/g)).toHaveLength(4);
    let replayed = '';
    const { outcome, diverged } = await runtime.runs.replay(run.id, {
      onOutput: (_, bytes) => {
        replayed += Buffer.from(bytes).toString();
      },
    });
    expect({ diverged, value: outcome.value, replayed }).toEqual({
      diverged: null,
      value: 4,
      replayed: output,
    });
  });

  test('go on where they were interrupted, and ask nothing again that was answered', async () => {
    const dataDir = temporaryFolder();
    const first = await open(dataDir);
    const run = first.eval(SCRIPT);
    let answered = 0;
    for await (const event of run) {
      if (event.type !== 'call.end' || event.op !== 'llm.generate') continue;
      answered += 1;
      if (answered === 2) run.abort();
    }
    expect((await run.outcome).status).toBe('interrupted');
    await first.close();
    const second = await open(dataDir);
    const resumed = second.runs.resume(run.id);
    const { output, asked } = await watched(resumed);
    expect((await resumed.outcome).value).toBe(4);
    expect(output).toContain(ANSWER);
    // Two were answered; one or two were in flight, and the last one had not begun.
    expect(asked).toBeLessThanOrEqual(4);
    const { usage } = (await second.runs.get(run.id)) ?? {};
    expect(usage?.calls).toBeGreaterThan(0);
    const status = await second.eval("return #Session.executionPlan('graph')");
    expect(status.value).toBe(2);
  });
});
