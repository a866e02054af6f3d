/** Keys in URLs, queries, forms, bodies and variables: the server gets them, and nobody else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leftBehind, placesWith } from '../fixtures/left-behind.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startWebServer, type WebReply, type WebRequest } from '../fixtures/web-server.js';
import { openRuntime } from './open-runtime.js';

const NAME = 'LLMSPELL_TEST_KEY';
const HOOK = 'LLMSPELL_TEST_HOOK';
/** With everything that URLs, forms and JSON write in another way. */
const KEY = 't0p/secret+"01 23&45=67%89\\abcdef?';
const PATH = 'services/T0123456789/B0123456789abcdef';

beforeEach(() => {
  process.env[NAME] = KEY;
});

afterEach(() => {
  delete process.env[NAME];
  delete process.env[HOOK];
});

/** Repeats all that it was sent, in every form that there is. */
function repeat({ path, body, headers }: WebRequest): WebReply {
  const hasKey = `${path}${body}`.includes('t0p');
  const key = hasKey ? KEY : 'none';
  const forms = [path, body, key, encodeURIComponent(key), Buffer.from(key).toString('base64')];
  const data = { said: forms, whole: key, key: { [key]: headers } };
  return {
    headers: { 'content-type': 'application/json', 'x-said': encodeURIComponent(key) },
    body: JSON.stringify({ data, text: key }),
  };
}

const SCRIPT = `
  local key = Secret.get("${NAME}")
  local session = Session.create({ name = "Keys" })
  Session.setCurrent(session)
  local http = Tool["http-requester"]
  local answers = {
    http{ url = SERVER .. "/bot{token}/send?to={token}", url_params = { token = key }, query = { key = { key, "x" } } },
    http{ url = SERVER .. "/json", method = "POST", json = { { deep = { key } }, { secret = "is data" } } },
    http{ url = SERVER .. "/form", method = "POST", form = { key = key } },
    http{ url = SERVER .. "/body", method = "PUT", body = key },
    http{ url = Secret.get("${HOOK}"), method = "POST", json = { text = "hi" } },
    Tool["graphql-query"]{ endpoint = SERVER .. "/graphql", query = "mutation { a }", variables = { input = { key = key } } },
    Tool["webhook-caller"]{ url = Secret.get("${HOOK}"), payload = { key = key }, secret = key },
    Tool["web-scraper"]{ url = SERVER .. "/page/{token}", url_params = { token = key } },
    http{ url = SERVER .. "/moved", method = "POST", json = { key = key } },
    http{ url = SERVER .. "/gone/{token}", url_params = { token = key }, query = { key = key }, retries = 0 },
  }
  for index, answer in ipairs(answers) do
    State.set("answer-" .. index, answer)
    print(JSON.stringify(answer))
  end
  Artifact.store(session, "tool_result", "answers.json", JSON.stringify(answers))
  Session.checkpoint(session, "behind them")
  Session.sleep(0.01)
  return answers
`;

describe('keys in requests', () => {
  it('reach the server that is named, and are found nowhere else', async () => {
    const other = await startWebServer(() => ({}));
    const server = await startWebServer((request) => {
      const { path } = request;
      if (path === '/moved') return { status: 307, headers: { location: `${other.url}/taken` } };
      if (path.startsWith('/gone')) return { breaks: true };
      return repeat(request);
    });
    process.env[HOOK] = `${server.url}/${PATH}`;
    const folder = temporaryFolder();
    const runtime = await openRuntime({
      dataDir: folder,
      settings: {
        'runtime.security.secrets': [NAME, HOOK],
        'runtime.security.network_hosts': [server.host, other.host],
      },
    });
    const seen: string[] = [];
    const run = runtime.eval(SCRIPT, { variables: { SERVER: server.url } });
    for await (const event of run) seen.push(JSON.stringify(event));
    const outcome = await run.outcome;
    expect(outcome.error).toBeUndefined();
    seen.push(JSON.stringify(outcome));
    const encoded = encodeURIComponent(KEY);
    const asForm = new URLSearchParams({ key: KEY }).toString();
    const inJson = JSON.stringify(KEY);
    const requests = server.requests.map(({ path, body }) => [path, body]);
    expect(requests.slice(0, 9)).toEqual([
      [`/bot${encoded}/send?to=${asForm.slice(4)}&${asForm}&key=x`, ''],
      ['/json', `[{"deep":[${inJson}]},{"secret":"is data"}]`],
      ['/form', asForm],
      ['/body', KEY],
      [`/${PATH}`, '{"text":"hi"}'],
      ['/graphql', `{"query":"mutation { a }","variables":{"input":{"key":${inJson}}}}`],
      [`/${PATH}`, `{"key":${inJson}}`],
      [`/page/${encoded}`, ''],
      ['/moved', `{"key":${inJson}}`],
    ]);
    expect(other.requests).toEqual([]);
    const answers = outcome.value as { success: boolean; error?: { code: string } }[];
    expect(answers.map(({ error }) => error?.code)).toEqual([
      ...Array.from({ length: 7 }, () => undefined),
      'TOOL_FAILED',
      'POLICY_DENIED',
      'TOOL_FAILED',
    ]);
    const places = await leftBehind(runtime, { run: outcome.run, folder, seen: seen.join('\n') });
    const forms = [KEY, encoded, encoded.toLowerCase(), asForm.slice(4), inJson.slice(1, -1)];
    const base64 = Buffer.from(KEY).toString('base64').replace(/=+$/, '');
    expect(placesWith(places, ...forms, base64, PATH)).toEqual([]);
    const where = new Set(placesWith(places, NAME).map((place) => place.split('/')[0]));
    for (const place of ['b', 'j', 'p']) expect(where).toContain(place);
  });

  it.each<[string, object, object]>([
    [
      'in the name of a host',
      { url: 'http://{key}.test/', url_params: { key: 'a' } },
      { path: '/url_params/key' },
    ],
    [
      'without a place',
      { url: 'http://127.0.0.1/', url_params: { key: 'a' } },
      { path: '/url_params/key' },
    ],
    [
      'that are steps upwards',
      { url: 'http://127.0.0.1/{a}/x', url_params: { a: '..' } },
      { path: '/url_params/a' },
    ],
    ['that are not open', { url: { secret: 'HOME' } }, { rule: 'secrets', secret: 'HOME' }],
    [
      'that are not open, in a query',
      { url: 'http://127.0.0.1/', query: { a: { secret: 'HOME' } } },
      { secret: 'HOME' },
    ],
  ])('are refused %s', async (_, args, details) => {
    const runtime = await openRuntime();
    const answer = await runtime.tools.execute('http-requester', args as Record<string, unknown>);
    expect(answer).toMatchObject({ success: false, error: { details } });
  });

  it('are sent on where a redirect stays with the same server', async () => {
    const server = await startWebServer(({ path }) =>
      path === '/a' ? { status: 308, headers: { location: '/b' } } : { body: 'taken' },
    );
    const runtime = await openRuntime({
      settings: {
        'runtime.security.secrets': [NAME],
        'runtime.security.network_hosts': [server.host],
      },
    });
    const args = { url: `${server.url}/a`, method: 'POST', json: [{ secret: NAME }] };
    const answer = await runtime.tools.execute('http-requester', args);
    expect(answer).toMatchObject({ success: true, result: { body: 'taken', redirects: 1 } });
    expect(server.requests.map(({ body }) => body)).toEqual([
      JSON.stringify([KEY]),
      JSON.stringify([KEY]),
    ]);
  });
});
