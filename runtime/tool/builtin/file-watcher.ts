import type { Tool } from '../tool.js';

/** file-watcher waits until something changes. */
export const fileWatcher: Tool = {
  name: 'file-watcher',
  description: 'Waits until a file, or something in a folder, is created, changed or deleted',
  category: 'files',
  version: '1.0.0',
  tags: ['file', 'watch', 'wait', 'change'],
  effect: 'pure',
  formerNames: { timeout: 'timeout_ms', glob: 'pattern' },
  parameters: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'The file or folder; a file may come later' },
      pattern: {
        type: 'string',
        description: 'A glob of what counts in a folder: *.csv, in/**/*.txt',
      },
      recursive: { type: 'boolean', description: 'In the folders below, too; true when missing' },
      events: {
        type: 'array',
        items: { enum: ['created', 'changed', 'deleted'] },
        minItems: 1,
        description: 'What counts; everything when missing',
      },
      timeout_ms: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400_000,
        description: 'How long to wait; 30000 when missing',
      },
      interval_ms: {
        type: 'integer',
        minimum: 10,
        maximum: 60_000,
        description: 'Time between two looks; 200 when missing',
      },
    },
    required: ['path'],
    additionalProperties: false,
  },
  execute: async (args, context) => {
    const { watch } = await import('./file-watch.js');
    return watch(args, context);
  },
};
