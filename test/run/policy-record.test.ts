/** The journal tells of every decision of the policy with its reason. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineTool, Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const reader = defineTool({
  name: 'reader',
  description: 'Reads a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  execute: async ({ path }, { machine }) => (await machine.files.read(path)).toString(),
});

it('calls are recorded with what was decided on their way', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.txt'), 'text');
  await using runtime = await Runtime.open({
    dataDir: temporaryFolder(),
    settings: {
      'runtime.security.file_read_roots': [folder],
      'runtime.security.environment': ['LANG'],
      'runtime.security.commands': ['echo *'],
    },
    tools: [reader],
  });
  const run = await runtime.eval(
    `local path = ...
    os.getenv("LANG")
    os.getenv("HOME")
    io.open(path .. "/a.txt")
    pcall(io.open, "/etc/passwd")
    os.execute("echo hello")
    local read = Tool.execute("reader", { path = path .. "/a.txt" })
    local refused = Tool.execute("reader", { path = "/etc/passwd" })
    return read.result, refused.error.code, refused.error.details.rule`,
    { args: [folder] },
  );
  expect(run.values).toEqual(['text', 'POLICY_DENIED', 'file_read_roots']);
  const { entries } = await runtime.runs.soundEntries(run.run);
  const decided = entries.flatMap(({ event }) =>
    event.type === 'call' ? (event.policy ?? []).map((decision) => [event.op, decision]) : [],
  );
  const read = { allowed: true, rule: 'file_read_roots', target: `${folder}/a.txt`, by: folder };
  const refused = { allowed: false, rule: 'file_read_roots', target: '/etc/passwd' };
  expect(decided).toEqual([
    ['os.getenv', { allowed: true, rule: 'environment', target: 'LANG', by: 'LANG' }],
    ['os.getenv', { allowed: false, rule: 'environment', target: 'HOME' }],
    ['io.read_file', read],
    ['io.read_file', refused],
    ['os.run_command', { allowed: true, rule: 'commands', target: 'echo hello', by: 'echo *' }],
    ['tool.execute', read],
    ['tool.execute', refused],
  ]);
  const replay = await runtime.runs.replay(run.run);
  expect(replay.diverged).toBeNull();
  expect(replay.outcome.values).toEqual(run.values);
});

it('a tool is held to what its table allows', async () => {
  const folder = temporaryFolder();
  const slow = defineTool({
    name: 'slow',
    description: 'Never ends',
    parameters: { type: 'object' },
    timeoutMs: 60_000,
    execute: () => new Promise(() => {}),
  });
  await using runtime = await Runtime.open({
    settings: {
      'tools.slow.timeout_ms': 20,
      'tools.reader.max_calls_per_minute': 2,
      'runtime.security.file_read_roots': [folder],
    },
    tools: [slow, reader],
  });
  expect(await runtime.tools.execute('slow', {}, { timeoutMs: 10_000 })).toMatchObject({
    error: { code: 'TOOL_TIMEOUT', details: { timeout_ms: 20 } },
  });
  const read = () => runtime.tools.execute('reader', { path: join(folder, 'none') });
  expect(await read()).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
  expect(await read()).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
  expect(await read()).toMatchObject({
    error: {
      code: 'POLICY_DENIED',
      details: { rule: 'max_calls_per_minute', tool: 'reader' },
      hint: expect.stringContaining('[tools.reader]'),
    },
  });
});
