import { closeSync, openSync, readSync } from 'node:fs';

/** Random is the only source of chance for the core; a run records what it draws from it. */
export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

/** The system's own source, where it has one as a file. */
const DEVICE = '/dev/urandom';
/** Drawn from the system at once: asking it for every id would take longer than all else about an id. */
const POOL_BYTES = 4096;

/** Unpredictable bytes of the system. Node's own functions for them take longer to load than a short script to run. */
export function createSystemRandom(): Random {
  let pool: Uint8Array = new Uint8Array();
  const draw = (length: number): Uint8Array => {
    if (pool.length < length) pool = systemBytes(Math.max(length, POOL_BYTES));
    const drawn = pool.slice(0, length);
    pool = pool.subarray(length);
    return drawn;
  };
  return { bytes: draw };
}

function systemBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (!readDevice(bytes)) crypto.getRandomValues(bytes);
  return bytes;
}

function readDevice(bytes: Uint8Array): boolean {
  let file: number;
  try {
    file = openSync(DEVICE, 'r');
  } catch {
    return false;
  }
  try {
    return readSync(file, bytes) === bytes.length;
  } finally {
    closeSync(file);
  }
}
