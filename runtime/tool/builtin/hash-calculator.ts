import type { Tool, ToolArguments } from '../tool.js';
import { badArgument, textOf } from './input.js';
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

const OTHER_NAMES: Readonly<Record<string, keyof typeof ALGORITHMS>> = {
  'sha-1': 'sha1',
  'sha-224': 'sha224',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

const VERIFY = perOperation({ verify: { required: ['expected_hash'] } });

/** hash-calculator makes digests of byte strings and files, and compares them. */
export const hashCalculator: Tool = {
  name: 'hash-calculator',
  description:
    'Calculates the hash of a string or a file (MD5, SHA-1, SHA-2, SHA-3, BLAKE2b, BLAKE3) or verifies one',
  category: 'encoding',
  version: '1.0.0',
  tags: ['hash', 'digest', 'checksum', 'md5', 'sha256', 'sha512', 'blake3', 'verify'],
  effect: 'pure',
  timeoutMs: 30_000,
  formerNames: {
    text: 'input',
    content: 'input',
    data: 'input',
    expected: 'expected_hash',
    expected_format: 'format',
  },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['hash', 'verify'], default: 'hash', description: 'hash when missing' },
      input: { type: 'string', description: 'The bytes' },
      file: { type: 'string', description: 'The file with the bytes, in place of input' },
      input_type: {
        enum: ['string', 'file'],
        description: 'What is given says it too: string with input, file with file',
      },
      algorithm: {
        enum: [...Object.keys(ALGORITHMS), ...Object.keys(OTHER_NAMES)],
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
    additionalProperties: false,
    if: { required: ['file'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { input: false, input_type: { const: 'file' } }, ...VERIFY },
    else: { required: ['input'], properties: { input_type: { const: 'string' } }, ...VERIFY },
  },
  execute: async (args, context) => {
    const algorithm = algorithmOf(args);
    const format = (args.get('format') ?? 'hex') as 'hex' | 'base64';
    const expected =
      args.get('operation') === 'verify'
        ? expectedBytes(textOf(args, 'expected_hash'), algorithm, format)
        : undefined;
    const { digestOf } = await import('./hash-codec.js');
    const bytes = await digestOf(algorithm, args, context);
    const hash = bytes.toString(format);
    if (expected === undefined) return { algorithm, hash, format };
    const valid = bytes.equals(expected);
    return { valid, algorithm, hash, expected_hash: expected.toString(format), format };
  },
};

function algorithmOf(args: ToolArguments): keyof typeof ALGORITHMS {
  const name = (args.get('algorithm') ?? 'sha256') as string;
  const today = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : name;
  return today as keyof typeof ALGORITHMS;
}

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
