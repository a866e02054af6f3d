import type { Tool, ToolArguments, ToolEffect } from '../tool.js';
import { FORMATS } from './archive-formats.js';
import { perOperation } from './operations.js';

const EFFECTS: Readonly<Record<string, ToolEffect>> = { list: 'pure', create: 'idempotent' };

/** archive-handler packs files into archives and takes them out again. */
export const archiveHandler: Tool = {
  name: 'archive-handler',
  description:
    'Packs files and folders into an archive (create), unpacks one (extract), tells what is in it (list)',
  category: 'files',
  version: '1.0.0',
  tags: ['archive', 'zip', 'tar', 'extract', 'pack'],
  effect: 'unsafe',
  effectOf: (args: ToolArguments) => EFFECTS[String(args.get('operation'))] ?? 'unsafe',
  timeoutMs: 300_000,
  formerNames: { archive_path: 'path', output_dir: 'target_path', files: 'input' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['create', 'extract', 'list'] },
      path: { type: 'string', description: 'The archive' },
      target_path: {
        type: 'string',
        description: 'extract: the folder that the files go to; it is made where it is missing',
      },
      input: {
        type: ['array', 'string'],
        items: { type: 'string' },
        minItems: 1,
        description: 'create: files and folders; each is named in the archive as in its own folder',
      },
      format: { enum: [...FORMATS], description: 'That of the name of the archive when missing' },
      overwrite: {
        type: 'boolean',
        description: 'Replaces files that are there already; an error when missing',
      },
      max_files: {
        type: 'integer',
        minimum: 1,
        maximum: 1_000_000,
        description: 'More is an error; 10000 when missing',
      },
      max_bytes: {
        type: 'integer',
        minimum: 1,
        description: 'Unpacked bytes in all; more is an error; 268435456 when missing',
      },
      max_ratio: {
        type: 'integer',
        minimum: 1,
        description:
          'extract, list: times that the unpacked bytes may be more than the archive; 200 when missing',
      },
    },
    required: ['operation', 'path'],
    additionalProperties: false,
    ...perOperation({
      create: { required: ['input'] },
      extract: { required: ['target_path'] },
    }),
  },
  execute: async (args, context) => {
    const { handleArchive } = await import('./archive-work.js');
    return handleArchive(args, context);
  },
};
