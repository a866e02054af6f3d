/**
 * Compression of chunks with raw DEFLATE. The format has no checksum, so whoever inflates must compare the hash of the
 * result with the one that is recorded.
 */
import type { Deflate } from 'fflate';

/** The level up to {@link THOROUGH_BYTES}, and the faster one above. */
const THOROUGH_LEVEL = 6;
const FAST_LEVEL = 1;
const THOROUGH_BYTES = 256 * 1024;

/** Four slices of this size show whether the whole is worth compressing. */
const SAMPLE_SLICE_BYTES = 1024;
const SAMPLE_SLICES = 4;

/** The most that the sample, and then the result, may keep of the size. */
const SAMPLE_RATIO = 0.9;
const KEPT_RATIO = 0.95;

/** Other work of the process gets its turn after each slice of this size. */
const SLICE_BYTES = 64 * 1024;

/** The compressed bytes; `undefined` when compression does not pay. */
export async function compress(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const { Deflate: DeflateStream, deflateSync } = await import('fflate');
  const sample = sampleOf(bytes);
  if (deflateSync(sample, { level: FAST_LEVEL }).length > sample.length * SAMPLE_RATIO) {
    return undefined;
  }
  const level = bytes.length <= THOROUGH_BYTES ? THOROUGH_LEVEL : FAST_LEVEL;
  const packed = await deflateInSlices(bytes, new DeflateStream({ level }));
  return packed.length <= bytes.length * KEPT_RATIO ? packed : undefined;
}

/**
 * The bytes that {@link compress} was given, at most `size` of them: damaged input can't ask for more memory. Damaged
 * input may also give wrong bytes without an error.
 *
 * @throws Error for input that ends early or is no DEFLATE stream.
 */
export async function decompress(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const { inflateSync } = await import('fflate');
  return inflateSync(packed, { out: new Uint8Array(size) });
}

/** The beginning, the end and two places between them; everything when it is small. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= SAMPLE_SLICE_BYTES * SAMPLE_SLICES) return bytes;
  const sample = new Uint8Array(SAMPLE_SLICE_BYTES * SAMPLE_SLICES);
  const last = bytes.length - SAMPLE_SLICE_BYTES;
  for (let index = 0; index < SAMPLE_SLICES; index += 1) {
    const start = Math.floor((last * index) / (SAMPLE_SLICES - 1));
    sample.set(bytes.subarray(start, start + SAMPLE_SLICE_BYTES), index * SAMPLE_SLICE_BYTES);
  }
  return sample;
}

async function deflateInSlices(bytes: Uint8Array, stream: Deflate): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  stream.ondata = (part) => {
    parts.push(part);
  };
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    const end = start + SLICE_BYTES;
    stream.push(bytes.subarray(start, end), end >= bytes.length);
    if (end < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  return Buffer.concat(parts);
}
