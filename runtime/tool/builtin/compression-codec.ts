/** The algorithms of the compression tool, on Node's zlib: byte string in, byte string out. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

export type Algorithm = 'gzip' | 'deflate' | 'zlib' | 'raw' | 'brotli';

export interface CompressionRequest {
  readonly operation: 'compress' | 'decompress';
  readonly input: Uint8Array;
  readonly algorithm: Algorithm;
  readonly level: number;
  readonly maxOutputBytes: number;
}

const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);
const deflate = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.deflate);
const deflateRaw = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);
const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);

export async function compress({
  input,
  algorithm,
  level,
  maxOutputBytes,
}: CompressionRequest): Promise<Uint8Array> {
  const options = { level, maxOutputLength: maxOutputBytes };
  switch (algorithm) {
    case 'gzip':
      return withoutOrigin(await gzip(input, options));
    case 'deflate':
    case 'zlib':
      return plainBytes(await deflate(input, options));
    case 'raw':
      return plainBytes(await deflateRaw(input, options));
    case 'brotli': {
      const params = {
        [zlib.constants.BROTLI_PARAM_QUALITY]: level,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: input.length,
      };
      return plainBytes(await brotli(input, { params, maxOutputLength: maxOutputBytes }));
    }
  }
}

/** Bytes 4 to 7 of the header are a time (0 already), byte 9 names the system: 255 is "unknown". */
function withoutOrigin(packed: Buffer): Uint8Array {
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return plainBytes(packed);
}

const UNPACKERS = {
  gzip: zlib.gunzip,
  deflate: zlib.inflate,
  zlib: zlib.inflate,
  raw: zlib.inflateRaw,
} as const;

export async function decompress({
  input,
  algorithm,
  maxOutputBytes,
}: CompressionRequest): Promise<Uint8Array> {
  const options = { maxOutputLength: maxOutputBytes };
  if (algorithm === 'brotli') {
    const unpack = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);
    return plainBytes(await unpack(input, options));
  }
  const unpack = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(UNPACKERS[algorithm]);
  return plainBytes(await unpack(input, options));
}

function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
