import type { Tool } from '../tool.js';
import { MAX_TEXT } from './input.js';
import { perOperation } from './operations.js';

const VERSIONS = [1, 3, 4, 5, 7];

/** What versions of names need. */
const NAMED_VERSIONS = {
  if: { properties: { version: { enum: ['v3', '3', 3, 'v5', '5', 5] } }, required: ['version'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['name'] },
} as const;

/** uuid-generator makes ids that are unique, or the same for the same name, and takes them apart. */
export const uuidGenerator: Tool = {
  name: 'uuid-generator',
  description:
    'Generates UUIDs (v1, v4, v7; v3, v5 of a name), ids with a prefix (component_id) and more (custom), the same id ' +
    'for the same name (deterministic, v5), and validates UUIDs',
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
        enum: ['generate', 'component_id', 'custom', 'deterministic', 'validate'],
        default: 'generate',
        description: 'generate when missing',
      },
      version: {
        enum: VERSIONS.flatMap((version) => [`v${version}`, String(version), version]),
        description:
          'generate: v4 (random, when missing), v7 (sorts by time), v1 (time, with a random place), ' +
          'v3 or v5 (of namespace and name)',
      },
      format: {
        enum: ['hyphenated', 'standard', 'simple', 'urn', 'braced'],
        description:
          'generate, deterministic: how it is written; hyphenated, that is standard, when missing',
      },
      prefix: {
        type: 'string',
        pattern: '^[A-Za-z0-9_.-]{1,64}$',
        description:
          'component_id, custom: what it starts with; component when missing, for custom nothing',
      },
      suffix: {
        type: 'string',
        pattern: '^[A-Za-z0-9_.-]{1,64}$',
        description: 'custom: what it ends with',
      },
      timestamp: {
        type: 'boolean',
        description: 'custom: with the seconds since 1970 in front of the UUID',
      },
      short: {
        type: 'boolean',
        description: 'component_id, custom: 8 digits in place of a whole UUID',
      },
      namespace: {
        type: 'string',
        description:
          'v3, v5, deterministic: dns (when missing), url, oid, x500, agent, tool, workflow, or a UUID',
      },
      name: { type: 'string', maxLength: MAX_TEXT, description: 'v3, v5, deterministic: any name' },
      uuid: { type: 'string', maxLength: 1000, description: 'validate: what may be a UUID' },
    },
    additionalProperties: false,
    ...perOperation(
      {
        generate: NAMED_VERSIONS,
        deterministic: { required: ['name'] },
        validate: { required: ['uuid'] },
      },
      'generate',
    ),
  },
  execute: async (args, context) => {
    const { uuidOperation } = await import('./uuid-operations.js');
    return uuidOperation(args, context);
  },
};
