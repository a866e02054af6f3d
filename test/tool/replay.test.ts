/** A replay answers every built-in tool from the record: it executes none. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { machineTools } from '../../runtime/tool/builtin/machine-tools.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** A call of each tool, in Lua. */
const CALLS: Readonly<Record<string, string>> = {
  'archive-handler': `{ operation = "create", path = FOLDER .. "/a.zip", input = FOLDER .. "/a.txt" }`,
  'base64-encoder': `{ operation = "encode", input = "\\0\\255" }`,
  calculator: `{ input = "1 / 3" }`,
  compression: `{ operation = "compress", input = ("x"):rep(1000) }`,
  'csv-analyzer': `{ input = "a,b\\n1,2\\n" }`,
  'data-validator': `{ input = 5, rules = { { type = "range", max = 3 } } }`,
  'datetime-handler': `{ operation = "now" }`,
  'diff-calculator': `{ old_text = "a", new_text = "b" }`,
  'hash-calculator': `{ input = "abc", algorithm = "blake3" }`,
  'json-processor': `{ operation = "query", input = { { n = 1.5 } }, query = ".[].n" }`,
  'template-creator': `{ input = "Hi {{name}}", context = { name = "Ada" } }`,
  'text-manipulator': `{ operation = "uppercase", input = "a" }`,
  'url-analyzer': `{ input = "https://example.com/a?b=c" }`,
  'environment-reader': `{ operation = "get", name = "PATH" }`,
  'file-converter': `{ operation = "line_endings", path = FOLDER .. "/a.txt" }`,
  'file-operations': `{ operation = "append", path = FOLDER .. "/a.txt", input = "more" }`,
  'file-search': `{ path = FOLDER, pattern = "text" }`,
  'file-watcher': `{ path = FOLDER, timeout_ms = 10 }`,
  'process-executor': `{ executable = "sh", arguments = { "-c", "echo again >> " .. FOLDER .. "/a.txt" } }`,
  'system-monitor': `{ operation = "cpu", sample_ms = 10 }`,
  'uuid-generator': `{ version = "v7" }`,
};

describe('a replay of a call of', () => {
  it.each([...builtinTools, ...machineTools].map(({ name }) => name))('%s', async (name) => {
    const dataDir = temporaryFolder();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.txt'), 'text\r\n');
    const variables = { FOLDER: folder };
    const open = (settings = {}) => Runtime.open({ dataDir, settings });
    const script = `
      local reply = Tool.execute(${JSON.stringify(name)}, ${CALLS[name]})
      assert(reply.success, reply.error and reply.error.message)
      return reply`;
    const first = await open({
      'runtime.security.file_read_roots': [folder],
      'runtime.security.file_write_roots': [folder],
      'runtime.security.commands': ['*'],
      'runtime.security.environment': ['PATH'],
    });
    const recorded = await first.eval(script, { variables });
    await first.close();
    const left = contentsOf(folder);
    // A call that was made would be refused.
    const second = await open({ 'runtime.security.deny_tools': ['*'] });
    const { outcome, diverged, verifiedEntries } = await second.runs.replay(recorded.run);
    expect(diverged).toBeNull();
    expect(verifiedEntries).toBe(recorded.usage.calls);
    expect(outcome.value).toEqual(recorded.value);
    expect(contentsOf(folder)).toEqual(left);
    const made = await second.eval(script, { variables }).outcome;
    expect(made.error).toMatchObject({ code: 'POLICY_DENIED' });
    await second.close();
  });
});

function contentsOf(folder: string): [string, string][] {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')]);
}
