/** OperationTimes counts operations by their name: how often, how long, how many failed. */

/** OperationTime is what came together for one operation. Times are in milliseconds. */
export interface OperationTime {
  readonly count: number;
  /** Calls that ended with an error. */
  readonly errors: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

export class OperationTimes {
  readonly #sums = new Map<string, { count: number; errors: number; total: number; max: number }>();

  add(op: string, durationMs: number, hasFailed: boolean): void {
    let sum = this.#sums.get(op);
    if (sum === undefined) {
      sum = { count: 0, errors: 0, total: 0, max: 0 };
      this.#sums.set(op, sum);
    }
    sum.count += 1;
    sum.total += durationMs;
    sum.max = Math.max(sum.max, durationMs);
    if (hasFailed) sum.errors += 1;
  }

  /** By name, in the order of the names. */
  toObject(): Readonly<Record<string, OperationTime>> {
    const sums = [...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sums.map(([op, { count, errors, total, max }]) => [
        op,
        { count, errors, totalMs: total, meanMs: total / count, maxMs: max },
      ]),
    );
  }
}
