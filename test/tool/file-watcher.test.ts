import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileWatcher } from '../../runtime/tool/builtin/file-watcher.js';
import { denied, type LocalTools, localTools } from './local-tools.js';

const open = () => localTools('file-watcher');

/** Watches while a change is made, again and again until it was seen. */
async function during({ result }: LocalTools, args: object, change: () => void) {
  const timer = setInterval(change, 30);
  try {
    return await result({ interval_ms: 20, timeout_ms: 20_000, ...args });
  } finally {
    clearInterval(timer);
  }
}

describe('file-watcher', () => {
  it('waits until something in a folder is created, changed or deleted', async () => {
    const tools = await open();
    mkdirSync(tools.path('in'));
    const toggle = (file: string) => () =>
      existsSync(file) ? rmSync(file) : writeFileSync(file, 'x');
    const inside = toggle(tools.path('in/a.csv'));
    const created = await during(tools, { path: 'in', events: ['created'] }, inside);
    expect(created).toEqual({
      path: 'in',
      changed: true,
      timed_out: false,
      events: [{ path: 'a.csv', type: 'created' }],
    });
    const deleted = await during(tools, { path: '.', events: ['deleted'] }, inside);
    expect(deleted.events).toEqual([{ path: 'in/a.csv', type: 'deleted' }]);
    writeFileSync(tools.path('in/a.csv'), '');
    const grow = () => appendFileSync(tools.path('in/a.csv'), 'y');
    const changed = await during(tools, { path: '.', pattern: '*.csv' }, grow);
    expect(changed.events).toEqual([{ path: 'in/a.csv', type: 'changed' }]);
  });

  it('waits for a file that is not there', async () => {
    const tools = await open();
    const file = tools.path('later.txt');
    const toggle = () => (existsSync(file) ? rmSync(file) : writeFileSync(file, 'x'));
    const found = await during(tools, { path: 'later.txt', events: ['created'] }, toggle);
    expect(found.events).toEqual([{ path: 'later.txt', type: 'created' }]);
  });

  it('gives up when its time is over, and leaves out what does not count', async () => {
    const tools = await open();
    const change = () => writeFileSync(tools.path('a.txt'), String(Math.random()));
    const quiet = await during(tools, { path: '.', pattern: '*.csv', timeout_ms: 200 }, change);
    expect(quiet).toEqual({ path: '.', changed: false, timed_out: true, events: [] });
  });

  it('stops when the call is aborted or takes too long', async () => {
    const { call } = await open();
    const controller = new AbortController();
    const waiting = call({ path: '.' }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await call({ path: '.' }, { timeoutMs: 50 })).toMatchObject({
      error: { code: 'TOOL_TIMEOUT' },
    });
  });

  it('is pure, and reaches nothing that is closed', async () => {
    const { call, closed } = await open();
    expect(fileWatcher.effect).toBe('pure');
    expect(await call({ path: closed, timeout_ms: 10 })).toMatchObject(denied('file_read_roots'));
    await expect(call({ path: '.', timeout_ms: 0 })).rejects.toMatchObject({ key: '/timeout_ms' });
    await expect(call({ path: '.', events: ['moved'] })).rejects.toMatchObject({
      key: '/events/0',
    });
  });
});
