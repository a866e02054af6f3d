/** Somebody moves a link while a script writes and reads sessions through it: what was judged is what is opened. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

/** Lets the link lead to one place and to the other, as fast as it can. */
const MOVER = `
  const { renameSync, symlinkSync, writeFileSync } = require('node:fs');
  const [link, ...places] = process.argv.slice(1);
  for (let turn = 0; ; turn += 1) {
    symlinkSync(places[turn % 2], link + '.next');
    renameSync(link + '.next', link);
    if (turn === 10) writeFileSync(link + '.moves', '');
  }`;

const SCRIPT = `
  local session = Session.create({ name = "mine" })
  local done = { written = 0, read = 0, refused = 0 }
  local function try(what, fn, ...)
    local ok, err = pcall(fn, ...)
    if ok then done[what] = done[what] + 1 return end
    assert(err.code == "POLICY_DENIED" or err.code == "FILE_NOT_FOUND", tostring(err))
    done.refused = done.refused + 1
  end
  for i = 1, 200 do
    try("written", Session.export, session, "way/out-" .. i .. ".json")
    try("read", Session.import, "way/session.json", { new_id = true })
  end
  local names = {}
  for _, each in ipairs(Session.list({ limit = 1000 })) do names[each.name or ""] = true end
  return { done = done, stolen = names.stolen == true }
`;

it('writes and reads no session where a link leads a moment later', async () => {
  const base = realpathSync(temporaryFolder());
  const [open, closed] = [join(base, 'open'), join(base, 'closed')];
  const inner = join(open, 'inner');
  mkdirSync(inner, { recursive: true });
  mkdirSync(closed);
  const runtime = await openRuntime({
    cwd: open,
    settings: {
      'runtime.security.file_read_roots': [open],
      'runtime.security.file_write_roots': [open],
      'runtime.sessions.max_sessions': 1000,
    },
  });
  for (const [name, folder] of [
    ['given', inner],
    ['stolen', closed],
  ] as const) {
    const { id } = await runtime.sessions.create({ name });
    writeFileSync(join(folder, 'session.json'), await runtime.sessions.exportData(id));
    await runtime.sessions.delete(id);
  }
  symlinkSync(inner, join(open, 'way'));
  const mover = spawn(process.execPath, ['-e', MOVER, join(open, 'way'), inner, closed]);
  onTestFinished(() => void mover.kill('SIGKILL'));
  while (!existsSync(join(open, 'way.moves'))) await new Promise((next) => setTimeout(next, 10));
  const { value, error } = await runtime.eval(SCRIPT).outcome;
  expect(error).toBeUndefined();
  expect(value).toMatchObject({ stolen: false });
  expect(readdirSync(closed)).toEqual(['session.json']);
  const { done } = value as { done: Record<string, number> };
  expect(Object.values(done).reduce((sum, count) => sum + count)).toBe(400);
  expect(done.refused).toBeGreaterThan(0);
});
