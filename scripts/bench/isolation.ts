/** What a thread of its own costs a script: at the start, at every call of the host, and when it is replayed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../../bindings/node/index.js';
import { formatRatio, formatTime, measure, printTable } from './measure.js';

const CALLS = 5000;
const EMPTY = 'return 0';
const CALLING = `for i = 1, ${CALLS} do os.time() end`;
const COMPUTING = 'local n = 0 for i = 1, 5000000 do n = n + i % 7 end return n';

export async function benchIsolation(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  const open = (name: string, untrusted: boolean) =>
    Runtime.open({
      dataDir: join(folder, name),
      settings: {
        'runtime.lua.untrusted': untrusted,
        'runtime.lua.max_calls_per_second': 1_000_000_000,
      },
    });
  const [host, own] = [await open('host', false), await open('own', true)];
  const rows: string[][] = [['what', "host's thread", 'own thread', 'ratio']];
  const compare = async (what: string, run: (runtime: Runtime) => unknown) => {
    const [here = 0, there = 0] = await measure(
      [
        { name: 'host', run: () => run(host) },
        { name: 'own', run: () => run(own) },
      ],
      { warmUps: 2, rounds: 7 },
    );
    rows.push([what, formatTime(here), formatTime(there), formatRatio(there / here)]);
  };
  await compare('an empty script', (runtime) => runtime.eval(EMPTY));
  await compare(`${CALLS} recorded calls`, (runtime) => runtime.eval(CALLING));
  await compare('5,000,000 turns of a loop', (runtime) => runtime.eval(COMPUTING));
  const recorded = new Map([
    [host, (await host.eval(CALLING)).run],
    [own, (await own.eval(CALLING)).run],
  ]);
  await compare(`${CALLS} calls replayed`, (runtime) =>
    runtime.runs.replay(recorded.get(runtime) as string),
  );
  await host.close();
  await own.close();
  rmSync(folder, { recursive: true });
  printTable('A whole run, kept on LMDB, median of 7', rows);
}
