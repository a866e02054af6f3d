/** How busy this machine is: what a model that runs on it has to share. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

/** MachineLoad is shares of what there is, in percent. */
export interface MachineLoad {
  /** Of the time of all processors, since the reading began. */
  readonly cpuPercent: number;
  /** Of the memory: what programs hold and the system can't take back. */
  readonly memoryPercent: number;
  readonly processors: number;
}

/** Long enough for the counters of all systems to move. */
const SAMPLE_MS = 120;

interface Times {
  readonly busy: number;
  readonly all: number;
}

/** @param pause Waits so many milliseconds. */
export async function readMachineLoad(pause: (ms: number) => Promise<void>): Promise<MachineLoad> {
  const before = processorTimes();
  await pause(SAMPLE_MS);
  const after = processorTimes();
  const passed = after.all - before.all;
  return {
    cpuPercent: passed <= 0 ? 0 : percent((after.busy - before.busy) / passed),
    memoryPercent: percent(1 - freemem() / totalmem()),
    processors: availableParallelism(),
  };
}

function processorTimes(): Times {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const total = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += total - times.idle;
    all += total;
  }
  return { busy, all };
}

function percent(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10;
}
