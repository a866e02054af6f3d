/** What the tool file-watcher does: it looks again and again, which every file system can be asked for. */

import type { Stats } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { SpellError } from '../../base/errors.js';
import { pause } from '../../base/pause.js';
import type { HostObject, HostValue } from '../../base/value.js';
import { matchesPath } from '../glob.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { walk } from '../tree.js';
import { textOf } from './input.js';

/** Files of one folder that are looked at. */
const MAX_FILES = 20_000;

/** Looking takes at most this part of the time. */
const SHARE = 0.2;

/** What tells whether a file changed, by its path. */
type Picture = ReadonlyMap<string, string>;

export async function watch(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const { signal } = context;
  const path = textOf(args, 'path');
  const wanted = args.get('events') as readonly string[] | undefined;
  const interval = Number(args.get('interval_ms') ?? 200);
  const end = performance.now() + Number(args.get('timeout_ms') ?? 30_000);
  let before = await look(path, args, context);
  for (;;) {
    const left = end - performance.now();
    if (left <= 0) return { path, changed: false, timed_out: true, events: [] };
    const start = performance.now();
    await pause(Math.min(interval, left), signal);
    const now = await look(path, args, context);
    const events = changes(before, now).filter(
      ({ type }) => wanted === undefined || wanted.includes(String(type)),
    );
    if (events.length > 0) return { path, changed: true, timed_out: false, events };
    before = now;
    const took = performance.now() - start - interval;
    if (took > interval)
      await pause(Math.min(took / SHARE, Math.max(0, end - performance.now())), signal);
  }
}

async function look(path: string, args: ToolArguments, context: ToolContext): Promise<Picture> {
  const { files } = context.machine;
  const stats = await files.look(path);
  if (stats === undefined) return new Map();
  if (!stats.isDirectory()) return new Map([[path, stateOf(stats)]]);
  const pattern = args.has('pattern') ? textOf(args, 'pattern') : undefined;
  const options = { signal: context.signal, recursive: args.get('recursive') !== false };
  const found = new Map<string, string>();
  await files.folder(path, 'read', async (folder) => {
    for await (const entry of walk(folder, options)) {
      if (pattern !== undefined && !matchesPath(pattern, entry.path)) continue;
      const { type } = entry;
      if (type !== 'file' && type !== 'folder') continue;
      const there = await entry.folder.look(entry.name);
      if (there === undefined) continue;
      if (found.size >= MAX_FILES) throw tooMany(path);
      // A folder changes whenever something in it does, which is told already.
      found.set(entry.path, type === 'folder' ? 'folder' : stateOf(there));
    }
  });
  return found;
}

function stateOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

function changes(before: Picture, now: Picture): HostObject[] {
  const events: HostObject[] = [];
  for (const [path, state] of now) {
    const old = before.get(path);
    if (old === undefined) events.push({ path, type: 'created' });
    else if (old !== state) events.push({ path, type: 'changed' });
  }
  for (const path of before.keys()) {
    if (!now.has(path)) events.push({ path, type: 'deleted' });
  }
  return events.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
}

function tooMany(path: string): SpellError {
  return new SpellError('TOO_LARGE', `${path} has more than ${MAX_FILES} files`, {
    hint: 'Give a pattern, or a folder further down.',
  });
}
