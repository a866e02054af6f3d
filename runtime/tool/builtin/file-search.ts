import type { Tool } from '../tool.js';

/** file-search finds text in files, and files by their names. */
export const fileSearch: Tool = {
  name: 'file-search',
  description:
    'Finds text or a regular expression in the files of a folder; without a pattern, files by their names',
  category: 'files',
  version: '1.0.0',
  tags: ['file', 'search', 'grep', 'find', 'regex', 'glob'],
  effect: 'pure',
  timeoutMs: 60_000,
  formerNames: {
    query: 'pattern',
    directory: 'path',
    include_extensions: 'include',
    file_pattern: 'include',
    exclude_dirs: 'exclude',
  },
  parameters: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'The folder, or a single file' },
      pattern: {
        type: 'string',
        minLength: 1,
        description: 'What to find in a line; when missing, the files themselves are the answer',
      },
      regex: {
        type: 'boolean',
        description:
          'The pattern is a regular expression of RE2: no references back, no look-around',
      },
      case_sensitive: { type: 'boolean', description: 'true when missing' },
      include: {
        type: ['array', 'string'],
        items: { type: 'string' },
        description: 'Globs of files: *.lua, src/**/*.ts; all files when missing',
      },
      exclude: {
        type: ['array', 'string'],
        items: { type: 'string' },
        description: 'Globs of files and folders that are left out, such as node_modules',
      },
      recursive: { type: 'boolean', description: 'In the folders below, too; true when missing' },
      context_lines: {
        type: 'integer',
        minimum: 0,
        maximum: 20,
        description: 'Lines in front and behind that are given with each match; 0 when missing',
      },
      max_results: {
        type: 'integer',
        minimum: 1,
        maximum: 10_000,
        description: 'The search ends there; 100 when missing',
      },
      max_bytes: {
        type: 'integer',
        minimum: 1,
        description: 'Larger files are left out; 10485760 when missing',
      },
    },
    required: ['path'],
    additionalProperties: false,
  },
  execute: async (args, context) => {
    const { search } = await import('./file-search-work.js');
    return search(args, context);
  },
};
