/** A checksum that runs on from one piece of bytes to the next. It tells torn bytes from whole ones, and no more. */

/** Two sums of 32 bits, each running over the bytes and over the other. */
export type RunningSum = readonly [number, number];

export const SUM_BYTES = 8;

/** Faster than any hash; that bytes are true is not its business. */
export function sum(before: RunningSum, bytes: Uint8Array): RunningSum {
  let [first, second] = before;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) {
    first = (first + view.getUint32(at, true) + second) | 0;
    second = (second + view.getUint32(at + 4, true) + first) | 0;
  }
  for (let at = whole; at < bytes.length; at += 1) {
    first = (first + view.getUint8(at) + second) | 0;
    second = (second + first) | 0;
  }
  return [first >>> 0, second >>> 0];
}

/** Puts a sum into eight bytes. */
export function writeSum([first, second]: RunningSum, into: Buffer, at: number): void {
  into.writeUInt32LE(first, at);
  into.writeUInt32LE(second, at + 4);
}

/** Whether eight bytes hold a sum. */
export function holdsSum([first, second]: RunningSum, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at) === first && bytes.readUInt32LE(at + 4) === second;
}
