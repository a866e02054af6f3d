import { SpellError } from '../../base/errors.js';
import { parseJson, stringifyJson } from '../../base/json.js';
import { type HostValue, isMap, toPlain, type Value, type ValueMap } from '../../base/value.js';
import { schemaFaults } from '../json-schema.js';
import type { JsonSchema, Tool, ToolArguments, ToolContext } from '../tool.js';
import { MAX_TEXT, textOf } from './input.js';
import { perOperation } from './operations.js';

/** json-processor reads, writes, queries, merges and checks JSON. */
export const jsonProcessor: Tool = {
  name: 'json-processor',
  description:
    'Reads JSON text (parse), writes it (stringify), answers queries in the language of jq (query), ' +
    'reads texts of many documents (stream), merges values (merge), checks one against a schema (validate)',
  category: 'data',
  version: '1.1.0',
  tags: ['json', 'parse', 'stringify', 'jq', 'query', 'transform', 'jsonl', 'schema'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: { json: 'input', data: 'input', content: 'input', text: 'input', filter: 'query' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['parse', 'stringify', 'query', 'stream', 'merge', 'validate'] },
      input: {
        description:
          'parse: the text; stream: a text with documents one after the other, such as a line each; ' +
          'stringify, query, validate: any value; merge: a list of values',
      },
      query: {
        type: 'string',
        minLength: 1,
        maxLength: 10_000,
        description: 'query, stream: such as .users[] | select(.age > 30) | .name',
      },
      all: {
        type: 'boolean',
        description:
          'query: always a list of what the query gives; when missing, one value is given as it is',
      },
      pretty: { type: 'boolean', description: 'stringify: over several lines' },
      sort_keys: { type: 'boolean', description: 'stringify: keys in their order' },
      schema: { type: 'object', description: 'validate: a JSON Schema' },
    },
    required: ['operation', 'input'],
    additionalProperties: false,
    ...perOperation({
      parse: { properties: { input: { type: 'string', maxLength: MAX_TEXT } } },
      query: { required: ['query'] },
      stream: { properties: { input: { type: 'string', maxLength: MAX_TEXT } } },
      merge: { properties: { input: { type: 'array', minItems: 1 } } },
      validate: { required: ['schema'] },
    }),
  },
  execute: (args, context) =>
    OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args, context),
};

const OPERATIONS = { parse, stringify, query, stream, merge, validate };

function parse(args: ToolArguments): HostValue {
  return parseJson(args.get('input') as string | Uint8Array);
}

function stringify(args: ToolArguments): HostValue {
  return stringifyJson(args.get('input'), {
    indent: args.get('pretty') === true ? 2 : 0,
    sortKeys: args.get('sort_keys') === true,
  });
}

async function query(args: ToolArguments, { signal }: ToolContext): Promise<HostValue> {
  const { queryJson } = await import('./json-query.js');
  const input = stringifyJson(args.get('input'));
  const results = await queryJson(textOf(args, 'query'), input, signal);
  if (args.get('all') === true || results.length > 1) return results;
  return results[0] ?? null;
}

async function stream(args: ToolArguments, { signal }: ToolContext): Promise<HostValue> {
  const { queryJson } = await import('./json-query.js');
  const filter = args.has('query') ? textOf(args, 'query') : '.';
  return queryJson(filter, textOf(args, 'input'), signal);
}

function merge(args: ToolArguments): HostValue {
  const inputs = args.get('input') as readonly Value[];
  return inputs.reduce(mergeTwo);
}

/** Objects are merged key by key; anything else takes the place of what was there. */
function mergeTwo(below: Value, above: Value): Value {
  if (!isMap(below) || !isMap(above)) return above;
  const merged = new Map(below);
  for (const [key, item] of above) {
    merged.set(key, merged.has(key) ? mergeTwo(merged.get(key), item) : item);
  }
  return merged;
}

async function validate(args: ToolArguments): Promise<HostValue> {
  const schema = toPlain(args.get('schema') as ValueMap) as JsonSchema;
  const faults = await schemaFaults(schema, args.get('input')).catch(asBadSchema);
  const errors = faults.map(({ path, message }) => ({ path, message }));
  return { valid: errors.length === 0, errors };
}

/** The schema is an argument here, so that a bad one is a bad argument. */
function asBadSchema(error: unknown): never {
  if (!(error instanceof SpellError) || error.code !== 'BAD_ARGUMENT') throw error;
  throw new SpellError('TOOL_ARGUMENTS', `/schema: ${error.message}`, {
    key: '/schema',
    hint: error.hint,
    cause: error,
  });
}
