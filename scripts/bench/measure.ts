/** Measures alternatives side by side in one run, so that noise of the machine hits all of them, and prints tables. */

/** Contender is one of the alternatives: it does its work once and may answer late. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

export interface MeasureOptions {
  /** How often everyone runs before it counts. */
  readonly warmUps: number;
  readonly rounds: number;
}

/** Median milliseconds of every contender; they take turns, round by round. */
export async function measure(
  contenders: readonly Contender[],
  { warmUps, rounds }: MeasureOptions,
): Promise<number[]> {
  const times: number[][] = contenders.map(() => []);
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      const started = performance.now();
      await contender.run();
      if (round >= 0) times[index]?.push(performance.now() - started);
    }
  }
  return times.map(median);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Prints a table with aligned columns; the first row is the head. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
  );
  console.log(`\n${title}`);
  for (const line of lines) console.log(`  ${line.join('  ')}`);
}

/** Nanoseconds, microseconds or milliseconds, whatever reads best. */
export function formatTime(ms: number): string {
  if (ms < 0.001) return `${(ms * 1e6).toFixed(0)} ns`;
  if (ms < 1) return `${(ms * 1e3).toFixed(1)} µs`;
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

/** `met` or `MISSED`, for a ratio with a goal. */
export function formatGoal(isMet: boolean): string {
  return isMet ? 'met' : 'MISSED';
}
