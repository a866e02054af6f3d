import { SpellError } from '../../base/errors.js';
import type { Tool, ToolArguments } from '../tool.js';
import { bytesOf, MAX_TEXT, stringValue } from './input.js';

/** base64-encoder writes bytes as text of 64 letters, and reads them back. */
export const base64Encoder: Tool = {
  name: 'base64-encoder',
  description:
    'Encodes bytes as Base64 text and decodes it, in the standard or the URL-safe alphabet',
  category: 'encoding',
  version: '1.0.0',
  tags: ['base64', 'encode', 'decode', 'url-safe'],
  effect: 'pure',
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
      variant: {
        enum: ['standard', 'url-safe'],
        description: 'standard when missing; decode reads both, with and without "=" at the end',
      },
    },
    required: ['operation', 'input'],
    additionalProperties: false,
  },
  execute: (args) => {
    const variant = (args.get('variant') ?? 'standard') as 'standard' | 'url-safe';
    if (args.get('operation') === 'decode') return { output: decode(args), variant };
    const encoding = variant === 'standard' ? 'base64' : 'base64url';
    return { output: Buffer.from(bytesOf(args, 'input')).toString(encoding), variant };
  },
};

function decode(args: ToolArguments): string | Uint8Array {
  const text = Buffer.from(bytesOf(args, 'input')).toString('latin1');
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
  return stringValue(Buffer.from(plain, 'base64'));
}

function noBase64(reason: string): SpellError {
  return new SpellError('TOOL_FAILED', `the input is no Base64: ${reason}`, {
    hint: 'Base64 has letters, digits, "+", "/" (or "-", "_") and "=" at its end.',
  });
}
