/** Runs that are broken off at any moment, in functions of the host too, leave the runtime in order for the others. */
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

/** Calls of all kinds, as quick as they come. */
const BUSY = `
  local session = Session.create({ name = "busy" })
  Session.setCurrent(session)
  local list = {}
  for i = 1, 200 do list[i] = { i, tostring(i) } end
  local n = ...
  for i = 1, math.huge do
    local way = (i + n) % 6
    if way == 0 then JSON.parse(JSON.stringify(list)) end
    if way == 1 then State.set("busy", list) end
    if way == 2 then Session.updateMetadata(session, { n = i }) end
    if way == 3 then Artifact.store(session, "tool_result", "a", ("x"):rep(i % 3000)) end
    if way == 4 then parallel({ function() State.get("busy") end, function() Session.addMessage(nil, "user", "m") end }) end
    if way == 5 then pcall(Tool.execute, "json-processor", { operation = "merge", input = { list, list } }) end
  end
`;

const ORDERLY = `
  local session = Session.create({ name = "orderly" })
  Session.addMessage(session, "user", "hello")
  local id = Artifact.store(session, "tool_result", "a", "content")
  State.set("orderly", { 1, 2 })
  local answered = Tool.execute("json-processor", { operation = "parse", input = "[3]" })
  Session.complete(session)
  return { Artifact.get(session, id).content, #Session.history(session), State.get("orderly")[2], answered.result[1] }
`;

test.each(['memory', 'lmdb'] as const)('on %s', { timeout: 60_000 }, async (storage) => {
  const runtime = await openRuntime({
    storage,
    dataDir: temporaryFolder(),
    settings: { 'runtime.sessions.max_sessions': 1000 },
  });
  await runtime.eval(ORDERLY);
  const codes = new Set<string | undefined>();
  for (let round = 0; round < 120; round += 1) {
    const options = { args: [String(round)], timeoutMs: 3 + ((round * 7) % 23) };
    const broken = [runtime.eval(BUSY, options), runtime.eval(BUSY, options)];
    const orderly = round % 10 === 0 ? runtime.eval(ORDERLY) : undefined;
    for (const run of broken) codes.add((await run.outcome).error?.code);
    if (orderly !== undefined) expect((await orderly).value).toEqual(['content', 1, 2, 3]);
  }
  expect([...codes]).toEqual(['LIMIT_TIME']);
  expect((await runtime.eval(ORDERLY)).value).toEqual(['content', 1, 2, 3]);
});
