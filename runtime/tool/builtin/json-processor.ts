import { SpellError } from '../../base/errors.js';
import { parseJson, stringifyJson } from '../../base/json.js';
import { type HostValue, isMap, toPlain, type Value, type ValueMap } from '../../base/value.js';
import { schemaFaults } from '../json-schema.js';
import type { JsonSchema, Tool, ToolArguments } from '../tool.js';

/** json-processor reads, writes, merges and checks JSON. */
export const jsonProcessor: Tool = {
  name: 'json-processor',
  description:
    'Reads JSON text (parse), writes it (stringify), merges values (merge), ' +
    'checks one against a schema (validate)',
  category: 'data',
  version: '1.0.0',
  tags: ['json', 'parse', 'stringify', 'schema'],
  effect: 'pure',
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['parse', 'stringify', 'merge', 'validate'] },
      input: {
        description: 'parse: the text; stringify, validate: any value; merge: a list of values',
      },
      pretty: { type: 'boolean', description: 'stringify: over several lines' },
      sort_keys: { type: 'boolean', description: 'stringify: keys in their order' },
      schema: { type: 'object', description: 'validate: a JSON Schema' },
    },
    required: ['operation', 'input'],
    additionalProperties: false,
    allOf: [
      onlyFor('parse', { properties: { input: { type: 'string' } } }),
      onlyFor('merge', { properties: { input: { type: 'array', minItems: 1 } } }),
      onlyFor('validate', { required: ['schema'] }),
    ],
  },
  execute: (args) => OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args),
};

function onlyFor(operation: string, then: object): object {
  return {
    if: { properties: { operation: { const: operation } }, required: ['operation'] },
    then,
  };
}

const OPERATIONS = { parse, stringify, merge, validate };

function parse(args: ToolArguments): HostValue {
  return parseJson(args.get('input') as string | Uint8Array);
}

function stringify(args: ToolArguments): HostValue {
  return stringifyJson(args.get('input'), {
    indent: args.get('pretty') === true ? 2 : 0,
    sortKeys: args.get('sort_keys') === true,
  });
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
