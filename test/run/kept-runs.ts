/** Runs that are kept in a folder of their own, for tests that look at what is kept. */
import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  defineTool,
  type ReplayReport,
  Runtime,
  type Script,
  scriptFromSource,
} from '../../bindings/node/index.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** A run that makes calls of every kind and ends. */
export const AGENT = `local session = Session.create({ name = 'agent' })
local total = 0
for step = 1, 3 do
  total = total + Tool.execute('count', { step = step }).result
  Artifact.store(session, 'tool_result', 'step' .. step, 'total ' .. total)
  print('step', step, total)
end
os.execute('sleep 0.01')
print(math.random(1000000), os.time() > 0)
Session.complete(session)
return total`;

export interface Workshop {
  readonly dataDir: string;
  /** Steps of the calls that reached the tool `count`, with their keys. */
  readonly calls: { readonly step: number; readonly key: string }[];
  /** Called by each execution of the tool, which waits for it. */
  onCall: (step: number) => void | Promise<void>;
  /** Another runtime on the same data; it is closed when the test ends. */
  open(settings?: Readonly<Record<string, unknown>>): Promise<Runtime>;
}

export function workshop(): Workshop {
  const calls: { step: number; key: string }[] = [];
  const count = defineTool({
    name: 'count',
    description: 'Answers ten times its argument',
    parameters: { type: 'object', properties: { step: { type: 'integer' } } },
    effect: 'idempotent',
    execute: async ({ step }: { step: number }, { idempotencyKey = '' }) => {
      calls.push({ step, key: idempotencyKey });
      await made.onCall(step);
      return step * 10;
    },
  });
  const hang = defineTool({
    name: 'hang',
    description: 'Never answers',
    parameters: { type: 'object' },
    execute: (_, { signal }) => {
      calls.push({ step: 0, key: 'hang' });
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  });
  const dataDir = temporaryFolder();
  const made: Workshop = {
    dataDir,
    calls,
    onCall: () => {},
    open: async (settings = {}) => {
      const runtime = await Runtime.open({ dataDir, tools: [count, hang], settings });
      onTestFinished(() => runtime.close());
      return runtime;
    },
  };
  return made;
}

export function script(text: string, name = 'edited'): () => Promise<Script> {
  const names = { name, chunkName: `=${name}`, folder: process.cwd() };
  return async () => scriptFromSource(Buffer.from(text), names);
}

/** Runs to the end and answers the id. */
export async function completed(runtime: Runtime, code: string): Promise<string> {
  return (await runtime.eval(code)).run;
}

/** Runs until the script waits after it has printed `waiting`, and stops it there. */
export async function interrupted(runtime: Runtime, code: string, afterMs = 20): Promise<string> {
  const controller = new AbortController();
  const run = runtime.eval(code, {
    signal: controller.signal,
    onOutput: (_, bytes) => {
      // Not at once: the script is to wait by then, and to be photographed where that is due.
      if (String(Buffer.from(bytes)).includes('waiting'))
        setTimeout(() => controller.abort(), afterMs);
    },
  });
  const { status } = await run.outcome;
  if (status !== 'interrupted') throw new Error(`the run is ${status}`);
  return run.id;
}

export interface Replayed extends ReplayReport {
  readonly output: string;
}

export async function replayed(
  runtime: Runtime,
  id: string,
  options: Parameters<Runtime['runs']['replay']>[1] = {},
): Promise<Replayed> {
  let output = '';
  const onOutput = (_: string, bytes: Uint8Array) => {
    output += Buffer.from(bytes).toString();
  };
  return { ...(await runtime.runs.replay(id, { ...options, onOutput })), output };
}

export async function backendOf(runtime: Runtime): Promise<Backend> {
  return (await runtime.services.stores()).backend;
}

/** Every record whose key begins so, and what it is. */
export async function recordsOf(runtime: Runtime, prefix = ''): Promise<Map<string, string>> {
  const backend = await backendOf(runtime);
  const entries = await backend.range({ start: prefix, end: `${prefix}\x7f` });
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return new Map(entries.map(({ key, value }) => [key, digest(value)]));
}

/** Puts other bytes where a record is. */
export async function overwrite(
  runtime: Runtime,
  key: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const backend = await backendOf(runtime);
  const bytes = await backend.get(key);
  if (bytes === undefined) throw new Error(`there is nothing at ${key}`);
  await backend.commit({ preconditions: [], writes: [{ key, value: change(bytes) }] });
}

/** The bytes with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[index] = (changed[index] as number) ^ 1;
  return changed;
}
