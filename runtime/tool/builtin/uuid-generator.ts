import type { Tool } from '../tool.js';
import { MAX_TEXT } from './input.js';
import { perOperation } from './operations.js';

/** uuid-generator makes ids that are unique, or the same for the same name, and takes them apart. */
export const uuidGenerator: Tool = {
  name: 'uuid-generator',
  description:
    'Generates UUIDs (v4, v7), ids with a prefix (component_id), the same id for the same name (deterministic, v5), ' +
    'and validates UUIDs',
  category: 'encoding',
  version: '1.0.0',
  tags: ['uuid', 'id', 'random', 'unique'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: { input: 'uuid' },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: ['generate', 'component_id', 'deterministic', 'validate'],
        default: 'generate',
        description: 'generate when missing',
      },
      version: {
        enum: ['v4', 'v7', '4', '7', 4, 7],
        description: 'generate: v4 (random, when missing) or v7 (sorts by time)',
      },
      format: {
        enum: ['hyphenated', 'simple', 'urn', 'braced'],
        description: 'generate, deterministic: how it is written; hyphenated when missing',
      },
      prefix: {
        type: 'string',
        pattern: '^[A-Za-z0-9_.-]{1,64}$',
        description: 'component_id: what it starts with; component when missing',
      },
      short: { type: 'boolean', description: 'component_id: 8 digits in place of a whole UUID' },
      namespace: {
        type: 'string',
        description: 'deterministic: dns (when missing), url, oid, x500, or a UUID',
      },
      name: { type: 'string', maxLength: MAX_TEXT, description: 'deterministic: any name' },
      uuid: { type: 'string', maxLength: 1000, description: 'validate: what may be a UUID' },
    },
    additionalProperties: false,
    ...perOperation({ deterministic: { required: ['name'] }, validate: { required: ['uuid'] } }),
  },
  execute: async (args, context) => {
    const { uuidOperation } = await import('./uuid-operations.js');
    return uuidOperation(args, context);
  },
};
