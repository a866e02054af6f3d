import { createHash } from 'node:crypto';
import type { Clock } from './clock.js';
import type { Random } from './random.js';

/** IdSource makes the ids of sessions, artifacts and runs. */
export interface IdSource {
  /** A UUIDv7: unique, and ids made later sort later. */
  next(): string;
}

/** Ids from a clock and a random source; within one millisecond they still sort in the order of their making. */
export function uuidSource(clock: Clock, random: Random): IdSource {
  let lastMs = 0;
  let sequence = 0;
  return {
    next: () => {
      lastMs = Math.max(lastMs, clock.now());
      sequence += 1;
      return uuidText(uuidBytes(lastMs, sequence, random.bytes(16)));
    },
  };
}

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, the version, 12 bits of the sequence, the variant, 20 more bits of the
 * sequence, and random ones. Made here because the package for it takes longer to load than a script to run.
 */
function uuidBytes(ms: number, sequence: number, bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint16(0, Math.floor(ms / 2 ** 32));
  view.setUint32(2, ms % 2 ** 32);
  view.setUint16(6, 0x7000 | ((sequence >>> 20) & 0xfff));
  view.setUint16(8, 0x8000 | ((sequence >>> 6) & 0x3fff));
  view.setUint8(10, ((sequence & 0x3f) << 2) | (view.getUint8(10) & 3));
  return bytes;
}

/** A UUIDv8 (RFC 9562) that is the same for the same name, for what is made once however often it is asked for. */
export function uuidFrom(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuidText(bytes);
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join('-')}-${hex.slice(20)}`;
}
