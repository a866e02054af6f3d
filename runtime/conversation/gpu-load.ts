/** How busy the graphics processors of this machine are, as far as their drivers tell: on Linux, NVIDIA's and AMD's. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface GpuPlaces {
  /** Where NVIDIA's program may be; the first that is there is asked. */
  readonly programs: readonly string[];
  /** Where the kernel shows graphics cards. */
  readonly cards: string;
}

const GPU_PLACES: GpuPlaces = {
  programs: ['/usr/bin/nvidia-smi', '/usr/local/bin/nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'],
  cards: '/sys/class/drm',
};

const QUERY = ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits'];
const PROGRAM_TIMEOUT_MS = 2000;

/** Percent, the mean of all processors; `undefined` when there is none that tells. */
export async function readGpuLoad(
  signal: AbortSignal,
  { programs, cards }: GpuPlaces = GPU_PLACES,
): Promise<number | undefined> {
  const found = await Promise.all([nvidiaLoads(programs, signal), cardLoads(cards)]);
  const loads = found.flat();
  if (loads.length === 0) return undefined;
  return Math.round((loads.reduce((sum, load) => sum + load, 0) / loads.length) * 10) / 10;
}

async function nvidiaLoads(programs: readonly string[], signal: AbortSignal): Promise<number[]> {
  for (const program of programs) {
    const output = await outputOf(program, signal);
    if (output !== undefined) return percentages(output);
  }
  return [];
}

/** What the program says; `undefined` when it is not there, or fails as it does without a card. */
function outputOf(program: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      signal,
      env: {},
      timeout: PROGRAM_TIMEOUT_MS,
      killSignal: 'SIGKILL' as const,
    };
    execFile(program, QUERY, options, (error, said) => resolve(error === null ? said : undefined));
  });
}

async function cardLoads(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  const cards = names.filter((name) => /^card\d+$/.test(name));
  const texts = await Promise.all(
    cards.map((card) =>
      readFile(join(folder, card, 'device/gpu_busy_percent'), 'utf8').catch(() => ''),
    ),
  );
  return texts.flatMap(percentages);
}

/** A number on each line; cards that can't tell say so in words. */
function percentages(text: string): number[] {
  return text
    .split('\n')
    .filter((line) => /^\s*\d+(\.\d+)?\s*$/.test(line))
    .map((line) => Math.min(100, Number(line)));
}
