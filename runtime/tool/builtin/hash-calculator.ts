import type { Tool } from '../tool.js';
import { badArgument, bytesOf, textOf } from './input.js';
import { perOperation } from './operations.js';

const ALGORITHMS = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  'sha3-256': 32,
  'sha3-512': 64,
  blake2b: 64,
  blake3: 32,
} as const;

/** hash-calculator makes digests of byte strings and compares them. */
export const hashCalculator: Tool = {
  name: 'hash-calculator',
  description:
    'Calculates the hash of a string (MD5, SHA-1, SHA-2, SHA-3, BLAKE2b, BLAKE3) or verifies one',
  category: 'encoding',
  version: '1.0.0',
  tags: ['hash', 'digest', 'checksum', 'md5', 'sha256', 'sha512', 'blake3', 'verify'],
  effect: 'pure',
  timeoutMs: 30_000,
  formerNames: { text: 'input', content: 'input', data: 'input', expected: 'expected_hash' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['hash', 'verify'], default: 'hash', description: 'hash when missing' },
      input: { type: 'string', description: 'The bytes' },
      algorithm: {
        enum: Object.keys(ALGORITHMS),
        default: 'sha256',
        description: 'sha256 when missing; md5 and sha1 are no protection against forgery',
      },
      format: {
        enum: ['hex', 'base64'],
        default: 'hex',
        description: 'How the hash is written; hex when missing',
      },
      expected_hash: { type: 'string', description: 'verify: what the hash should be' },
    },
    required: ['input'],
    additionalProperties: false,
    ...perOperation({ verify: { required: ['expected_hash'] } }),
  },
  execute: async (args) => {
    const algorithm = (args.get('algorithm') ?? 'sha256') as keyof typeof ALGORITHMS;
    const format = (args.get('format') ?? 'hex') as 'hex' | 'base64';
    const expected =
      args.get('operation') === 'verify'
        ? expectedBytes(textOf(args, 'expected_hash'), algorithm, format)
        : undefined;
    const { digest } = await import('./hash-codec.js');
    const bytes = await digest(algorithm, bytesOf(args, 'input'));
    const hash = bytes.toString(format);
    if (expected === undefined) return { algorithm, hash, format };
    const valid = bytes.equals(expected);
    return { valid, algorithm, hash, expected_hash: expected.toString(format), format };
  },
};

function expectedBytes(
  text: string,
  algorithm: keyof typeof ALGORITHMS,
  format: 'hex' | 'base64',
): Buffer {
  const bytes = Buffer.from(text.trim(), format);
  const length = ALGORITHMS[algorithm];
  if (bytes.length === length) return bytes;
  const wanted =
    format === 'hex' ? `${length * 2} hexadecimal digits` : `${length} bytes in Base64`;
  throw badArgument('/expected_hash', `is no hash of ${algorithm}, which has ${wanted}`);
}
