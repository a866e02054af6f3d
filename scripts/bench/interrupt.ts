/** What it costs to make a slice of Lua interruptible. */
import { Interrupter } from '../../runtime/engine/interrupt.js';
import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { formatTime, measure, printTable } from './measure.js';

const SLICES = 500;
const SOURCE = 'return 1';

export async function benchInterrupts(): Promise<void> {
  const vm = createWasmoonEngine().createVm({
    memoryLimitBytes: 64 * 1024 * 1024,
    functions: [],
    preludes: [],
  });
  const chunk = { source: Buffer.from(SOURCE), name: '=bench' };
  const slice = () => vm.start(chunk, []);
  const interrupter = new Interrupter();
  const repeat = (run: () => unknown) => () => {
    for (let i = 0; i < SLICES; i += 1) run();
  };
  const contenders = [
    { name: 'not armed', run: repeat(slice) },
    {
      name: 'SIGINT',
      run: repeat(() => interrupter.run(slice, { onSigint: true })),
    },
    {
      name: 'time limit',
      run: repeat(() => interrupter.run(slice, { onSigint: false, timeoutMs: 10_000 })),
    },
    {
      name: 'both',
      run: repeat(() => interrupter.run(slice, { onSigint: true, timeoutMs: 10_000 })),
    },
  ];
  const times = await measure(contenders, { warmUps: 2, rounds: 7 });
  const plain = times[0] ?? 0;
  printTable(`One slice of Lua, median of 7 x ${SLICES}`, [
    ['armed for', 'slice', 'costs'],
    ...contenders.map(({ name }, i) => [
      name,
      formatTime((times[i] ?? 0) / SLICES),
      formatTime(Math.max(0, (times[i] ?? 0) - plain) / SLICES),
    ]),
  ]);
}
