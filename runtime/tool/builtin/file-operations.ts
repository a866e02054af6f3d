import type { Tool, ToolArguments, ToolEffect } from '../tool.js';
import { perOperation } from './operations.js';

const EFFECTS: Readonly<Record<string, ToolEffect>> = {
  read: 'pure',
  list_dir: 'pure',
  metadata: 'pure',
  exists: 'pure',
  // Twice the same leaves the same.
  write: 'idempotent',
  create_dir: 'idempotent',
};

const withPath = { required: ['path'] };
const twoPaths = { required: ['source_path', 'target_path'] };

/** file-operations reads, writes and moves files and folders. */
export const fileOperations: Tool = {
  name: 'file-operations',
  description:
    'Reads and writes files (read, write, append), removes, copies and moves files and folders ' +
    '(delete, copy, move), makes and lists folders (create_dir, list_dir), tells of them (metadata, exists)',
  category: 'files',
  version: '1.0.0',
  tags: ['file', 'folder', 'directory', 'read', 'write', 'copy', 'move', 'delete'],
  effect: 'unsafe',
  effectOf: (args: ToolArguments) => EFFECTS[String(args.get('operation'))] ?? 'unsafe',
  timeoutMs: 60_000,
  formerNames: {
    content: 'input',
    source: 'source_path',
    target: 'target_path',
    destination: 'target_path',
  },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: [
          'read',
          'write',
          'append',
          'delete',
          'create_dir',
          'list_dir',
          'copy',
          'move',
          'metadata',
          'exists',
        ],
      },
      path: { type: 'string', description: 'The file or folder; for all but copy and move' },
      input: { type: 'string', description: 'write, append: the content' },
      source_path: { type: 'string', description: 'copy, move: what is copied or moved' },
      target_path: { type: 'string', description: 'copy, move: its new place' },
      recursive: {
        type: 'boolean',
        description:
          'delete, copy, list_dir: with all that is in the folder; create_dir: with the folders above it',
      },
      overwrite: {
        type: 'boolean',
        description: 'copy, move: replaces a file at the new place; an error when missing',
      },
      max_bytes: {
        type: 'integer',
        minimum: 1,
        description: 'read, copy: more is an error; 10485760 when missing',
      },
    },
    required: ['operation'],
    additionalProperties: false,
    ...perOperation({
      read: withPath,
      write: { required: ['path', 'input'] },
      append: { required: ['path', 'input'] },
      delete: withPath,
      create_dir: withPath,
      list_dir: withPath,
      copy: twoPaths,
      move: twoPaths,
      metadata: withPath,
      exists: withPath,
    }),
  },
  execute: async (args, context) => {
    const { operate } = await import('./file-work.js');
    return operate(args, context);
  },
};
