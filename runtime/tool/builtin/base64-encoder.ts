import { SpellError } from '../../base/errors.js';
import type { Tool, ToolArguments, ToolContext } from '../tool.js';
import { limitedBytes } from './byte-limit.js';
import { badArgument, bytesOf, MAX_TEXT, stringValue, textOf } from './input.js';

/** base64-encoder writes bytes as text of 64 letters, and reads them back. */
export const base64Encoder: Tool = {
  name: 'base64-encoder',
  description:
    'Encodes bytes or a file as Base64 text and decodes it, in the standard or the URL-safe alphabet',
  category: 'encoding',
  version: '1.0.0',
  tags: ['base64', 'encode', 'decode', 'url-safe'],
  effect: 'idempotent',
  effectOf: (args: ToolArguments) => (args.has('output_file') ? 'idempotent' : 'pure'),
  timeoutMs: 10_000,
  formerNames: { text: 'input', content: 'input', data: 'input' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['encode', 'decode'] },
      input: {
        type: 'string',
        maxLength: MAX_TEXT,
        description:
          'encode: the bytes; decode: the Base64 text, in which blanks and line ends may be',
      },
      input_file: { type: 'string', description: 'The file to read, in place of input' },
      binary_input: {
        type: 'boolean',
        description: 'encode: input is bytes as hexadecimal digits; false when missing',
      },
      output_file: {
        type: 'string',
        description: 'The file that the result is written to, in place of being answered',
      },
      variant: {
        enum: ['standard', 'url-safe'],
        description: 'standard when missing; decode reads both, with and without "=" at the end',
      },
    },
    required: ['operation'],
    additionalProperties: false,
    if: { required: ['input_file'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { input: false, binary_input: false } },
    else: { required: ['input'] },
  },
  execute: async (args, context) => {
    const variant = (args.get('variant') ?? 'standard') as 'standard' | 'url-safe';
    const given = await givenBytes(args, context);
    const output = args.get('operation') === 'decode' ? decode(given) : encode(given, variant);
    if (!args.has('output_file')) {
      return { output: typeof output === 'string' ? output : stringValue(output), variant };
    }
    const path = textOf(args, 'output_file');
    const bytes = Buffer.from(output);
    await context.machine.files.write(path, bytes);
    return { output_file: path, size: bytes.length, variant };
  },
};

async function givenBytes(args: ToolArguments, context: ToolContext): Promise<Uint8Array> {
  if (args.has('input_file')) {
    return context.machine.files.read(textOf(args, 'input_file'), limitedBytes(args, context));
  }
  const bytes = bytesOf(args, 'input');
  if (args.get('binary_input') !== true || args.get('operation') === 'decode') return bytes;
  const digits = Buffer.from(bytes).toString('latin1');
  if (/^(?:[0-9a-fA-F]{2})*$/.test(digits)) return Buffer.from(digits, 'hex');
  throw badArgument('/input', 'must be pairs of hexadecimal digits, since binary_input is true');
}

function encode(bytes: Uint8Array, variant: 'standard' | 'url-safe'): string {
  return Buffer.from(bytes).toString(variant === 'standard' ? 'base64' : 'base64url');
}

function decode(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  const letters = text.replace(/[ \t\r\n]/g, '');
  const fault = /[^A-Za-z0-9+/_=-]|=(?=[^=])/.exec(letters);
  if (fault !== null) {
    const place = `position ${fault.index + 1}`;
    throw noBase64(`there is ${JSON.stringify(fault[0])} at ${place} of its letters`);
  }
  const plain = letters.replace(/=+$/, '');
  const wanted = letters.length === plain.length ? letters.length : Math.ceil(plain.length / 4) * 4;
  if (plain.length % 4 === 1 || letters.length !== wanted) {
    throw noBase64(`its length of ${letters.length} letters is none that Base64 has`);
  }
  return Buffer.from(plain, 'base64');
}

function noBase64(reason: string): SpellError {
  return new SpellError('TOOL_FAILED', `the input is no Base64: ${reason}`, {
    hint: 'Base64 has letters, digits, "+", "/" (or "-", "_") and "=" at its end.',
  });
}
