/**
 * Runs scripts that try to break out. A file of this folder holds the scripts that try one way. Each begins with
 * `-- tries:`, what it tries; `-- must:` says what has to come of it. How it has to end: `-- ends: completed` when the
 * line is missing, else the codes that it may end with. Limits of its own are `-- time: 500` (milliseconds) and
 * `-- memory: 64` (megabytes), settings `-- settings: {JSON}`; the first script of a file may say `-- storage: lmdb`. What
 * stands above the first script of a file is in front of each, and its lines hold for those that have none of their own.
 *
 * After each script the process is alive, a run of the same runtime that waited meanwhile comes to its right end, no
 * object that all programs share has changed, and a file outside of the open folders was neither read nor written.
 *
 * A script finds the globals ROOT (an open folder), LINKS (a folder in it, of links to places outside), CANARY (a file
 * that is not open), SERVER (a web server that answers nonsense), CLOSED (one that must never be asked), and HOST (the
 * name of this machine). Settings may name $ROOT, $SERVER, $NODE and $MCP (a server that keeps to nothing).
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineTool, Runtime } from '../../bindings/node/index.js';
import { type HostileServer, startHostileServer } from '../fixtures/hostile-server.js';

const FOLDER = new URL('.', import.meta.url).pathname;
const HOSTILE_MCP = new URL('../fixtures/hostile-mcp-server.mjs', import.meta.url).pathname;
const STARTS = /^(?=-- tries: )/m;
const MIB = 2 ** 20;
const DEFAULT_TIME_MS = 15_000;
const WORD = 'canary-7f3a91';

interface Attempt {
  readonly tries: string;
  readonly must: string;
  readonly ends: readonly string[];
  readonly timeoutMs: number;
  readonly memoryLimitBytes: number;
  /** JSON with names of places in it. */
  readonly settings: string;
  readonly storage: 'memory' | 'lmdb';
  readonly source: string;
}

const groups = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.lua'))
  .sort()
  .map((name) => ({ name, attempts: attemptsOf(readFileSync(join(FOLDER, name), 'utf8')) }));

function attemptsOf(text: string): Attempt[] {
  const [above = '', ...sources] = text.startsWith('-- tries: ')
    ? ['', ...text.split(STARTS)]
    : text.split(STARTS);
  return sources.map((own) => {
    const source = above + own;
    const find = (name: string) => {
      const line = new RegExp(`^-- ${name}: (.*)$`, 'm');
      return (line.exec(own) ?? line.exec(above))?.[1];
    };
    return {
      tries: find('tries') ?? '',
      must: find('must') ?? '',
      ends: (find('ends') ?? 'completed').split(' or '),
      timeoutMs: Number(find('time') ?? DEFAULT_TIME_MS),
      memoryLimitBytes: Number(find('memory') ?? 32) * MIB,
      settings: find('settings') ?? '{}',
      storage: find('storage') === 'lmdb' ? 'lmdb' : 'memory',
      source,
    };
  });
}

test('there are at least 230 scripts, and each says what it tries and what must come of it', () => {
  const all = groups.flatMap(({ attempts }) => attempts);
  expect(all.length).toBeGreaterThanOrEqual(230);
  expect(all.filter(({ tries, must }) => tries === '' || must === '')).toEqual([]);
  expect(new Set(all.map(({ tries }) => tries)).size).toBe(all.length);
});

/** A run that waits for an event while others do their worst, and then says what it has. */
const WITNESS = `
  local list = {}
  for i = 1, 100 do list[i] = i end
  local session = Session.getCurrent()
  local payload = Session.waitForEvent("go")
  local sum = 0
  for _, n in ipairs(list) do sum = sum + n end
  local text = ("a"):rep(3):upper() .. #string.format("%5d", 42)
  State.set("witness", { sum = sum })
  assert(getmetatable("") == false and setmetatable ~= nil and Session.get(session).name == "witness")
  return { sum = State.get("witness").sum, text = text, payload = payload, parsed = JSON.parse("[1]")[1] }
`;
const TESTIMONY = { sum: 5050, text: 'AAA5', payload: 'now', parsed: 1 };

/** What all programs of the process share, as text. */
function sharedObjects(): string {
  const objects = {
    ...{ Object, Function, Array, Map, Set, Promise, Error, String, Number, RegExp, Symbol },
    ...{ Uint8Array, ArrayBuffer, Buffer, JSON, Math, Reflect, Proxy },
  };
  const names = Object.entries(objects).map(([name, object]) => [
    name,
    Reflect.ownKeys(object).map(String),
    Reflect.ownKeys((object as { prototype?: object }).prototype ?? {}).map(String),
  ]);
  return JSON.stringify([names, Reflect.ownKeys(globalThis).map(String).sort()]);
}

/** What a script can be made to call: tools that answer at once, later, and with what they were given. */
const tools = [
  defineTool({
    name: 'echo',
    description: 'Answers what it is given',
    parameters: { type: 'object' },
    effect: 'pure',
    execute: (given) => given as never,
  }),
  defineTool({
    name: 'fails',
    description: 'Throws what a careless tool throws',
    parameters: { type: 'object' },
    effect: 'pure',
    execute: () => {
      throw Object.assign(new Error('careless'), { secret: process.execPath, self: process });
    },
  }),
];

describe.each(groups)('$name', ({ attempts }) => {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-test-'));
  const [outside, root, data] = ['outside', 'root', 'data'].map((name) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  }) as [string, string, string];
  const canary = join(outside, 'canary.txt');
  writeFileSync(canary, `${WORD}\n`);
  const written = statSync(canary).mtimeMs;
  const links = join(root, 'links');
  mkdirSync(links);
  symlinkSync(canary, join(links, 'file'));
  symlinkSync(outside, join(links, 'folder'));
  symlinkSync(join(outside, 'new.txt'), join(links, 'dangling'));
  symlinkSync('/dev/zero', join(links, 'device'));
  symlinkSync('/proc/self/environ', join(links, 'proc'));
  symlinkSync(join(links, 'circle'), join(links, 'circle'));
  const runtimes = new Map<string, Promise<Runtime>>();

  let server: HostileServer;
  let closed: HostileServer;

  beforeAll(async () => {
    [server, closed] = await Promise.all([startHostileServer(), startHostileServer()]);
  });

  const settingsOf = (text: string): Readonly<Record<string, unknown>> =>
    JSON.parse(
      text
        .replaceAll('$ROOT', root)
        .replaceAll('$SERVER', server.host)
        .replaceAll('$NODE', process.execPath)
        .replaceAll('$MCP', HOSTILE_MCP),
    );

  const runtimeFor = ({ settings: key, storage }: Attempt): Promise<Runtime> => {
    const opened =
      runtimes.get(key) ??
      Runtime.open({
        storage,
        dataDir: join(data, String(runtimes.size)),
        tools,
        settings: {
          'runtime.security.file_read_roots': [root],
          'runtime.security.file_write_roots': [root],
          'runtime.sessions.max_sessions': 1000,
          ...settingsOf(key),
        },
      });
    runtimes.set(key, opened);
    return opened;
  };

  afterAll(async () => {
    for (const opened of runtimes.values()) await (await opened).close();
    await Promise.all([server.close(), closed.close()]);
    rmSync(folder, { recursive: true });
  });

  test.each(attempts)('$tries', { timeout: 60_000 }, async (attempt) => {
    const runtime = await runtimeFor(attempt);
    const shared = sharedObjects();
    const session = await runtime.sessions.create({ name: 'witness' });
    const witness = runtime.eval(WITNESS, { sessionId: session.id });
    const output: Buffer[] = [];
    const outcome = await runtime.eval(attempt.source, {
      name: 'attempt',
      timeoutMs: attempt.timeoutMs,
      memoryLimitBytes: attempt.memoryLimitBytes,
      variables: {
        ...{ ROOT: root, LINKS: links, CANARY: canary, HOST: hostname() },
        ...{ SERVER: `http://${server.host}`, CLOSED: `http://${closed.host}` },
      },
      onOutput: (_, bytes) => {
        if (output.length < 100) output.push(Buffer.from(bytes));
      },
    }).outcome;
    const end = outcome.error?.code ?? outcome.status;
    const said = `${outcome.error?.message.slice(0, 400)} ${outcome.error?.line}`;
    expect(attempt.ends, said).toContain(end);
    await runtime.eval('Session.signal(nil, "go", "now")', { sessionId: session.id });
    expect((await witness.outcome).error).toBeUndefined();
    expect((await witness.outcome).value).toEqual(TESTIMONY);
    expect(sharedObjects()).toBe(shared);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(readFileSync(canary, 'utf8')).toBe(`${WORD}\n`);
    expect(statSync(canary).mtimeMs).toBe(written);
    expect(readdirSync(outside)).toEqual(['canary.txt']);
    const told = `${Buffer.concat(output)} ${JSON.stringify(outcome.value)} ${said}`;
    expect(told).not.toContain(WORD);
    expect(closed.asked()).toBe(0);
  });
});
