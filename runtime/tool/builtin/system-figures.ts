/** What the tool system-monitor tells. */
import { readFile, statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { cpuUsage, memoryUsage, uptime as processUptime } from 'node:process';
import { pause } from '../../base/pause.js';
import { floatValue, type HostObject, type HostValue } from '../../base/value.js';
import { fileError } from '../file-access.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { textOf } from './input.js';

type Figures = (args: ToolArguments, context: ToolContext) => Promise<HostObject>;

const FIGURES: Readonly<Record<string, Figures>> = { cpu, memory, disk, process };

export async function monitor(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const operation = (args.get('operation') ?? 'all') as string;
  const one = FIGURES[operation];
  if (one !== undefined) return one(args, context);
  const all: { [name: string]: HostValue } = { uptime_seconds: Math.floor(uptime()) };
  for (const [name, figures] of Object.entries(FIGURES)) all[name] = await figures(args, context);
  return all;
}

async function cpu(args: ToolArguments, { signal }: ToolContext): Promise<HostObject> {
  const before = cpuTimes();
  await pause(Number(args.get('sample_ms') ?? 100), signal);
  const after = cpuTimes();
  const total = after.total - before.total;
  const used = total === 0 ? 0 : 1 - (after.idle - before.idle) / total;
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    cores: cpus().length,
    model: cpus()[0]?.model.trim() ?? '',
    usage_percent: percent(used),
    load_average: [one, five, fifteen].map((load) => floatValue(Math.round(load * 100) / 100)),
  };
}

function cpuTimes(): { readonly idle: number; readonly total: number } {
  let [idle, total] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}

function percent(part: number): HostValue {
  return floatValue(Math.round(Math.min(1, Math.max(0, part)) * 1000) / 10);
}

async function memory(): Promise<HostObject> {
  const total = totalmem();
  const available = await availableMemory();
  return {
    total,
    free: freemem(),
    available,
    used: total - available,
    usage_percent: percent((total - available) / total),
  };
}

/** What Linux could give to a program that asks, which is more than what is free. */
async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

async function disk(args: ToolArguments, { machine }: ToolContext): Promise<HostObject> {
  const path = args.has('path') ? textOf(args, 'path') : undefined;
  const real = path === undefined ? machine.cwd : await machine.files.resolve(path, 'read');
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(real);
    const total = blocks * bsize;
    return {
      path: path ?? '.',
      total,
      free: bfree * bsize,
      available: bavail * bsize,
      used: (blocks - bfree) * bsize,
      usage_percent: percent(blocks === 0 ? 0 : (blocks - bfree) / blocks),
    };
  } catch (thrown) {
    throw fileError(path ?? '.', thrown);
  }
}

/** The process that llmspell runs in; there is no way to others. */
async function process(): Promise<HostObject> {
  const { rss, heapUsed, heapTotal } = memoryUsage();
  const { user, system } = cpuUsage();
  return {
    uptime_seconds: Math.floor(processUptime()),
    memory: rss,
    heap_used: heapUsed,
    heap_total: heapTotal,
    cpu_seconds: floatValue((user + system) / 1_000_000),
  };
}
