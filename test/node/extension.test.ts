/** Programs that bring a storage along, or a runtime that does more. */
import { expect, test } from 'vitest';
import { Runtime, type StorageBackend } from '../../bindings/node/index.js';
import { createMemoryBackend } from '../../runtime/storage/memory.js';
import { openRuntime } from './open-runtime.js';

/** A storage that outlives the runtimes that use it, and counts what they commit. */
function lasting() {
  const kept = createMemoryBackend();
  let commits = 0;
  let closed = 0;
  const backend = async (): Promise<StorageBackend> => ({
    name: 'lasting',
    features: { persistent: true, multiProcess: false },
    location: undefined,
    get: (key) => kept.get(key),
    range: (range) => kept.range(range),
    commit: (batch) => {
      commits += 1;
      return kept.commit(batch);
    },
    flush: () => kept.flush(),
    close: async () => {
      closed += 1;
    },
  });
  return { backend, counts: () => ({ commits, closed }) };
}

test('a storage of the program keeps sessions, artifacts and runs', async () => {
  const { backend, counts } = lasting();
  const first = await Runtime.open({ backend });
  const { run, value } = await first.eval(`
    local s = Session.create({ name = 'Kept' })
    Artifact.store(s, 'user_input', 'large.txt', ('text '):rep(100000))
    Session.addMessage(s, 'user', 'Hello')
    return s`);
  await first.close();
  expect(counts().commits).toBeGreaterThan(0);
  expect(counts().closed).toBe(1);
  const second = await openRuntime({ backend });
  const id = String(value);
  expect(await second.sessions.get(id)).toMatchObject({ name: 'Kept', messageCount: 1 });
  const [artifact] = await second.artifacts.list(id);
  expect((await second.artifacts.read(artifact?.id ?? '')).length).toBe(500_000);
  expect(await second.runs.get(run)).toMatchObject({ status: 'completed' });
  expect((await second.runs.replay(run)).diverged).toBeNull();
});

test('a storage that can not be opened is an error of opening the runtime', async () => {
  const backend = () => Promise.reject(new Error('no route to the database'));
  await expect(Runtime.open({ backend })).rejects.toThrow('no route to the database');
  const wrong = { backend: 'postgres' as unknown as () => Promise<StorageBackend> };
  await expect(Runtime.open(wrong)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', key: 'backend' });
});

test('a runtime that is extended opens as what it is', async () => {
  class Desk extends Runtime {
    async ticket(title: string): Promise<string> {
      return (await this.sessions.create({ title, tags: ['ticket'] })).id;
    }
  }
  await using desk = await Desk.open({ settings: { 'runtime.sessions.max_sessions': 5 } });
  expect(desk).toBeInstanceOf(Desk);
  const id = await desk.ticket('It does not start');
  const { value } = await desk.eval('return Session.list({ tags = { "ticket" } })[1].id');
  expect(value).toBe(id);
});
