/** A run uses a key in a tool and at a provider; then everything that it has left behind is searched for the key. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineTool } from '../../bindings/node/index.js';
import { leftBehind, placesWith } from '../fixtures/left-behind.js';
import { startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const NAME = 'LLMSPELL_TEST_KEY';
const KEY = 'sk-proj-t0p-secret-0123456789abcdef';

beforeEach(() => {
  process.env[NAME] = KEY;
});

afterEach(() => {
  delete process.env[NAME];
});

const SCRIPT = `
  local key = Secret.get("${NAME}")
  local session = Session.create({ name = "Keys", metadata = { key = key } })
  Session.setCurrent(session)
  print(key, os.getenv("${NAME}"))
  State.set("key", key)
  Artifact.store(session, "tool_result", "key.json", JSON.stringify({ key = key, text = tostring(key) }))
  local asked = Tool.execute("ask", { key = key })
  assert(asked.result == "Fine.")
  local refused = Tool.execute("ask", { key = key })
  assert(refused.error.code == "PROVIDER_AUTH", refused.error.code)
  print(refused.error.message)
  local talk = Session.create({ provider = "near", api_key = "${NAME}" })
  assert(Session.generate(talk, "Hello") == "Fine.")
  assert(LLM.generate({ prompt = "Hello", api_key = key, on_token = function() end }) == "Fine.")
  local loop = Session.generateWithTools(talk, "Look", { api_key = key, tools = { {
    name = "look", description = "Looks", run = function() return tostring(key) end,
  } } })
  assert(loop.content == "Fine.", loop.content)
  local ok, err = pcall(Session.generate, talk, "Hello")
  assert(not ok and err.code == "PROVIDER_AUTH")
  Session.complete(talk)
  Session.checkpoint(session, "in the middle")
  Session.sleep(0.01)
  Session.complete(session)
  return key, refused
`;

it('finds the key nowhere', async () => {
  const fine = { text: 'Fine.' };
  const no = `Incorrect API key provided: ${KEY}. See sk-proj-***cdef`;
  const refusal = { status: 401, error: { message: no } };
  const look = { calls: [{ id: 'call_1', name: 'look', arguments: '{}' }] };
  const server = await startModelServer([fine, refusal, fine, fine, look, fine, refusal]);
  const folder = temporaryFolder();
  const runtime = await openRuntime({
    dataDir: folder,
    settings: {
      'providers.near.provider_type': 'openai',
      'providers.near.base_url': `${server.url}/v1`,
      'providers.near.default_model': 'm',
      'runtime.security.secrets': [NAME],
    },
  });
  runtime.tools.register(
    defineTool({
      name: 'ask',
      description: 'Asks a model with the key of the script',
      parameters: { type: 'object', properties: { key: { type: 'object' } }, required: ['key'] },
      execute: async ({ key }: { key: { secret: string } }, { secret }) => {
        expect(secret(key)).toBe(KEY);
        const messages = [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }] as const;
        const { message } = await runtime.llm.generate({ messages, apiKey: key });
        return message.parts[0]?.type === 'text' ? message.parts[0].text : '';
      },
    }),
  );
  const seen: string[] = [];
  const run = runtime.eval(SCRIPT);
  for await (const event of run) seen.push(JSON.stringify(event));
  const outcome = await run.outcome;
  expect(outcome.error).toBeUndefined();
  seen.push(JSON.stringify(outcome));
  const sent = server.requests.map(({ headers }) => headers.authorization);
  expect(sent).toEqual(Array.from({ length: 7 }, () => `Bearer ${KEY}`));
  const places = await leftBehind(runtime, { run: outcome.run, folder, seen: seen.join('\n') });
  const families = new Set([...places.keys()].map((key) => key.split('/')[0]));
  for (const family of ['j', 'k', 'p', 'b', 'state', 's']) expect(families).toContain(family);
  expect(placesWith(places, KEY)).toEqual([]);
  // The search finds what is there: the name is in the journal, in pages and in the events.
  const where = new Set(placesWith(places, NAME).map((place) => place.split('/')[0]));
  for (const place of ['events', 'export', 'p', 'state']) expect(where).toContain(place);
});
