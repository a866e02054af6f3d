import { SpellError } from '../../base/errors.js';
import type { Tool, ToolArguments } from '../tool.js';
import type { Algorithm, CompressionRequest } from './compression-codec.js';

/** The most bytes that a call gives back unless it says otherwise. */
export const DEFAULT_MAX_OUTPUT_BYTES = 100 * 1024 * 1024;

/** A middle way for all algorithms: Brotli's own default of 11 takes seconds for a megabyte. */
const DEFAULT_LEVEL = 6;

/** compression packs and unpacks byte strings; one version of Node gives the same bytes on every machine. */
export const compression: Tool = {
  name: 'compression',
  description:
    'Compresses and decompresses byte strings with gzip, zlib, deflate, raw deflate or brotli',
  category: 'data',
  version: '1.0.0',
  tags: ['gzip', 'zlib', 'deflate', 'brotli', 'compress', 'decompress'],
  effect: 'pure',
  timeoutMs: 30_000,
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['compress', 'decompress'] },
      input: { type: 'string', description: 'The bytes' },
      algorithm: {
        enum: ['gzip', 'deflate', 'zlib', 'raw', 'brotli'],
        description:
          'gzip when missing; deflate and zlib are the same (RFC 1950), raw has no header',
      },
      level: {
        type: 'integer',
        minimum: 0,
        maximum: 11,
        description: 'compress: 0 (fast) to 9 (small), for brotli to 11; 6 when missing',
      },
      max_output_bytes: {
        type: 'integer',
        minimum: 1,
        maximum: 512 * 1024 * 1024,
        description: 'A larger result is an error; 104857600 when missing',
      },
    },
    required: ['operation', 'input'],
    additionalProperties: false,
    if: { properties: { algorithm: { const: 'brotli' } }, required: ['algorithm'] },
    else: { properties: { level: { maximum: 9 } } },
  },
  execute: async (args) => {
    const request = requestOf(args);
    // Loaded when it is needed: most scripts compress nothing.
    const { compress, decompress } = await import('./compression-codec.js');
    const work = request.operation === 'compress' ? compress : decompress;
    try {
      return await work(request);
    } catch (error) {
      throw failure(request, error as NodeJS.ErrnoException);
    }
  },
};

/** The casts rely on the schema above. */
function requestOf(args: ToolArguments): CompressionRequest {
  const input = args.get('input') as string | Uint8Array;
  return {
    operation: args.get('operation') as CompressionRequest['operation'],
    input: typeof input === 'string' ? Buffer.from(input) : input,
    algorithm: (args.get('algorithm') ?? 'gzip') as Algorithm,
    level: Number(args.get('level') ?? DEFAULT_LEVEL),
    maxOutputBytes: Number(args.get('max_output_bytes') ?? DEFAULT_MAX_OUTPUT_BYTES),
  };
}

function failure(
  { operation, algorithm, maxOutputBytes }: CompressionRequest,
  cause: NodeJS.ErrnoException,
) {
  if (cause.code === 'ERR_BUFFER_TOO_LARGE') {
    return new SpellError('TOO_LARGE', `the result is larger than ${maxOutputBytes} bytes`, {
      hint: 'Raise max_output_bytes if that is what you expect.',
      details: { max_output_bytes: maxOutputBytes },
      cause,
    });
  }
  const what =
    operation === 'compress' ? 'can not be compressed' : `is not whole ${algorithm} data`;
  return new SpellError('TOOL_FAILED', `the input ${what}: ${cause.message}`, {
    details: { algorithm },
    cause,
  });
}
