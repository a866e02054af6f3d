import type { Tool } from '../tool.js';
import { MAX_TEXT } from './input.js';
import { perOperation } from './operations.js';

const NAMES = { type: 'array', items: { type: 'string' } };

/** csv-analyzer looks at tables in CSV and changes them. */
export const csvAnalyzer: Tool = {
  name: 'csv-analyzer',
  description:
    'Works on tables in CSV: analyze (types, ranges, gaps of columns), filter, transform, convert, validate, sample',
  category: 'data',
  version: '1.0.0',
  tags: ['csv', 'table', 'tsv', 'statistics', 'filter', 'convert'],
  effect: 'pure',
  timeoutMs: 30_000,
  formerNames: { content: 'input', csv: 'input', data: 'input', text: 'input' },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: ['analyze', 'convert', 'filter', 'transform', 'validate', 'sample'],
        default: 'analyze',
        description: 'analyze when missing',
      },
      input: {
        type: 'string',
        maxLength: MAX_TEXT,
        description: 'The table; its first line names the columns',
      },
      options: {
        type: 'object',
        properties: {
          delimiter: {
            enum: [',', ';', '\t', '|', 'auto'],
            description: 'Between cells; found out when missing',
          },
          header: { type: 'boolean', description: 'false: columns are column_1, column_2, ...' },
          format: {
            enum: ['json', 'jsonl', 'csv', 'tsv', 'markdown'],
            description: 'convert: json gives a list of records, the others a text',
          },
          types: { type: 'boolean', description: 'convert: false leaves numbers as texts' },
          filter: {
            type: 'string',
            minLength: 1,
            description:
              'filter: an expression of the calculator with columns as names, such as age > 30 and city == "Bern"',
          },
          columns: {
            ...NAMES,
            description: 'filter, transform: only these columns, in this order',
          },
          drop: { ...NAMES, description: 'transform: without these columns' },
          rename: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'transform: new names of columns',
          },
          add: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'transform: columns with expressions, such as { total = "price * units" }',
          },
          sort_by: { type: 'string', description: 'transform: numbers by size, others by letters' },
          descending: { type: 'boolean', description: 'transform: the largest first' },
          limit: {
            type: 'integer',
            minimum: 0,
            description: 'filter, transform: at most so many rows',
          },
          rules: {
            type: 'object',
            description:
              'validate: for each column a rule or a list of them: required, unique, integer, number, email, url, ' +
              'date, range:0-120, length:1-50, pattern:..., one_of:a|b, or one of data-validator',
          },
          max_errors: {
            type: 'integer',
            minimum: 1,
            maximum: 10_000,
            description: 'validate: 100',
          },
          size: { type: 'integer', minimum: 1, description: 'sample: rows; 10 when missing' },
          method: {
            enum: ['first', 'last', 'even', 'random'],
            description: 'sample: first when missing; random gives the same rows for the same seed',
          },
          seed: { type: 'integer', description: 'sample: for random; 1 when missing' },
        },
        additionalProperties: false,
      },
    },
    required: ['input'],
    additionalProperties: false,
    ...perOperation({
      convert: { required: ['options'], properties: { options: { required: ['format'] } } },
      filter: { required: ['options'], properties: { options: { required: ['filter'] } } },
      transform: { required: ['options'] },
      validate: { required: ['options'], properties: { options: { required: ['rules'] } } },
    }),
  },
  execute: async (args) => {
    const { csvOperation } = await import('./csv-operations.js');
    return csvOperation(args);
  },
};
