import type { Tool, ToolArguments } from '../tool.js';
import { ENCODINGS } from './encodings.js';
import { perOperation } from './operations.js';

/** file-converter rewrites text files: their encoding, the ends of their lines, tabs and blanks. */
export const fileConverter: Tool = {
  name: 'file-converter',
  description:
    'Converts text files: their encoding, the ends of their lines (line_endings), ' +
    'tabs and spaces at the beginning of lines (indentation)',
  category: 'files',
  version: '1.0.0',
  tags: ['file', 'convert', 'encoding', 'utf-8', 'line endings', 'crlf', 'tabs', 'spaces'],
  effect: 'unsafe',
  // A second encoding of what was encoded already would spoil it, unless it reads from another file.
  effectOf: (args: ToolArguments) =>
    args.get('operation') === 'encoding' && !args.has('target_path') ? 'unsafe' : 'idempotent',
  timeoutMs: 60_000,
  formerNames: { input_path: 'path', output_path: 'target_path', create_backup: 'backup' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['encoding', 'line_endings', 'indentation'] },
      path: { type: 'string', description: 'The file' },
      target_path: {
        type: 'string',
        description: 'Where the result goes; the file itself when missing',
      },
      from_encoding: {
        enum: ['auto', ...ENCODINGS],
        description:
          'encoding: auto when missing, that is UTF-8 unless its first bytes say otherwise',
      },
      to_encoding: { enum: [...ENCODINGS], description: 'encoding: utf-8 when missing' },
      bom: { type: 'boolean', description: 'encoding: begins with a byte order mark' },
      line_ending: { enum: ['lf', 'crlf', 'cr'], description: 'line_endings: lf when missing' },
      indent: { enum: ['spaces', 'tabs'], description: 'indentation: spaces when missing' },
      tab_size: {
        type: 'integer',
        minimum: 1,
        maximum: 16,
        description: 'indentation: columns of a tab; 4 when missing',
      },
      backup: {
        type: 'boolean',
        description: 'Keeps what was there as a file with .bak behind its name',
      },
      max_bytes: {
        type: 'integer',
        minimum: 1,
        description: 'A larger file is an error; 10485760 when missing',
      },
    },
    required: ['operation', 'path'],
    additionalProperties: false,
    ...perOperation({
      encoding: { properties: { line_ending: false, indent: false, tab_size: false } },
      line_endings: {
        properties: { from_encoding: false, to_encoding: false, bom: false, indent: false },
      },
      indentation: {
        properties: { from_encoding: false, to_encoding: false, bom: false, line_ending: false },
      },
    }),
  },
  execute: async (args, context) => {
    const { convert } = await import('./file-conversion.js');
    return convert(args, context);
  },
};
