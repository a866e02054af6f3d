/** A run sends a key to servers, which repeat it; then everything that is left behind is searched for the key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { everythingStored } from '../fixtures/everything-stored.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startWebServer } from '../fixtures/web-server.js';
import { openRuntime } from './open-runtime.js';

const MCP_SERVER = resolve(import.meta.dirname, '../fixtures/mcp-server.mjs');
const NAME = 'LLMSPELL_TEST_KEY';
const KEY = 't0p-secret-0123456789abcdef';
const BASIC = Buffer.from(`me:${KEY}`).toString('base64');

beforeEach(() => {
  process.env[NAME] = KEY;
});

afterEach(() => {
  delete process.env[NAME];
});

const SCRIPT = `
  local url = ...
  local http, key = Tool["http-requester"], Secret.get("${NAME}")
  local session = Session.create({ name = "Keys" })
  Session.setCurrent(session)
  local replies = {
    http{ url = url, headers = { ["X-Key"] = key } },
    http{ url = url, auth = { type = "bearer", token = key } },
    http{ url = url .. "/json", auth = { type = "basic", username = "me", password = key } },
    http{ url = url .. "/break", retries = 0, auth = { type = "bearer", token = key } },
    http{ url = url .. "/bad", headers = { ["X-Key"] = key }, max_bytes = 1 },
    http{ url = "http://closed.test/", headers = { ["X-Key"] = key } },
    Tool["near/environment"]{},
    Tool["near/fail"]{},
  }
  for i, reply in ipairs(replies) do
    assert(reply.success == (i < 4 or i == 7), i)
    Artifact.store(session, "tool_result", i .. ".json", JSON.stringify(reply))
    print(JSON.stringify(reply))
  end
  print(key)
  Session.checkpoint(session, "in the middle")
  Session.complete(session)
  return replies
`;

it('finds the key nowhere', async () => {
  const server = await startWebServer(({ path, headers }) => {
    const sent = `${headers['x-key']} ${headers.authorization}`;
    if (path === '/break') return { breaks: true };
    const type = path === '/json' ? 'application/json' : 'text/plain';
    return { body: JSON.stringify({ sent }), headers: { 'content-type': type, 'x-sent': sent } };
  });
  const [folder, own] = [temporaryFolder(), temporaryFolder()];
  const runtime = await openRuntime({
    dataDir: folder,
    settings: {
      'runtime.security.secrets': [NAME],
      'runtime.security.network_hosts': [server.host],
      'tools.mcp.near.command': process.execPath,
      'tools.mcp.near.args': [MCP_SERVER, join(own, 'calls'), join(own, 'starts')],
      'tools.mcp.near.env': { MCP_TOKEN: { secret: NAME } },
    },
  });
  const seen: string[] = [];
  const run = runtime.eval(SCRIPT, { args: [server.url] });
  for await (const event of run) seen.push(JSON.stringify(event));
  const outcome = await run.outcome;
  expect(outcome.error).toBeUndefined();
  const sent = server.requests.map(({ headers }) => headers['x-key'] ?? headers.authorization);
  expect(sent).toEqual([KEY, `Bearer ${KEY}`, `Basic ${BASIC}`, `Bearer ${KEY}`, KEY]);
  const places = new Map<string, Uint8Array | string>([
    ['events', seen.join('\n')],
    ['outcome', JSON.stringify(outcome)],
    ...(await everythingStored(runtime)),
    ...readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name))] as const),
  ]);
  const leaks = [...places].filter(([, content]) =>
    [KEY, BASIC].some((text) => Buffer.from(content).includes(text)),
  );
  expect(leaks.map(([place]) => place)).toEqual([]);
  // The search finds what is there.
  const named = [...places].filter(([, content]) => Buffer.from(content).includes(NAME));
  const where = new Set(named.map(([place]) => place.split('/')[0]));
  for (const place of ['events', 'j', 'p']) expect(where).toContain(place);
});
