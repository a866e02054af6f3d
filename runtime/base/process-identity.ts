/**
 * ProcessIdentity tells whether a process that left its name behind is still alive: its number alone does not, since
 * numbers are given again.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in a form that only comparisons understand. */
  readonly started: string;
  /** The machine since its last start. */
  readonly machine: string;
}

/** Fields of `/proc/<pid>/stat`, counted behind the command's name (proc_pid_stat(5)). */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;
/** A killed process whose parent has not asked about it yet, and one that is being removed. */
const DEAD_STATES: readonly (string | undefined)[] = ['Z', 'X'];

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? 'unknown', machine: machineId() };
}

/** False only when it is certain: a process on another machine may be alive. */
export function mayBeAlive(identity: ProcessIdentity): boolean {
  if (identity.machine !== machineId()) return hostOf(identity.machine) !== hostname();
  return startOf(identity.pid) === identity.started;
}

/** The host and, where the system tells it, the id of this boot: nothing survives a restart of the machine. */
function machineId(): string {
  return `${hostname()} ${readSystem('/proc/sys/kernel/random/boot_id') ?? ''}`.trim();
}

function hostOf(machine: string): string {
  return machine.split(' ', 1)[0] as string;
}

/** When a living process started; `undefined` when there is none of this number. */
function startOf(pid: number): string | undefined {
  const stat = readSystem(`/proc/${pid}/stat`);
  if (stat !== undefined) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return DEAD_STATES.includes(fields[STATE_FIELD]) ? undefined : fields[START_TIME_FIELD];
  }
  return isRunning(pid) ? 'unknown' : undefined;
}

/** Where there is no /proc, a process of that number is taken for the one that was meant. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readSystem('/proc/self/stat') === undefined;
  } catch {
    return false;
  }
}

function readSystem(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
