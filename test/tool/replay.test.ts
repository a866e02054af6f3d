/** A replay answers every built-in tool from the record: it executes none. */
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** A call of each tool, in Lua. */
const CALLS: Readonly<Record<string, string>> = {
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
  'uuid-generator': `{ version = "v7" }`,
};

describe('a replay of a call of', () => {
  it.each(builtinTools.map(({ name }) => name))('%s', async (name) => {
    const dataDir = temporaryFolder();
    const open = (settings = {}) => Runtime.open({ dataDir, settings });
    const script = `
      local reply = Tool.execute(${JSON.stringify(name)}, ${CALLS[name]})
      assert(reply.success, reply.error and reply.error.message)
      return reply`;
    const first = await open();
    const recorded = await first.eval(script);
    await first.close();
    // A call that was made would be refused.
    const second = await open({ 'runtime.security.deny_tools': ['*'] });
    const { outcome, diverged, verifiedEntries } = await second.runs.replay(recorded.run);
    expect(diverged).toBeNull();
    expect(verifiedEntries).toBe(recorded.usage.calls);
    expect(outcome.value).toEqual(recorded.value);
    const made = await second.eval(script).outcome;
    expect(made.error).toMatchObject({ code: 'POLICY_DENIED' });
    await second.close();
  });
});
