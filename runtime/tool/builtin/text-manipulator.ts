import type { Tool } from '../tool.js';
import { MAX_TEXT } from './input.js';
import { perOperation } from './operations.js';

const OPERATIONS = [
  'uppercase',
  'lowercase',
  'title_case',
  'snake_case',
  'kebab_case',
  'camel_case',
  'pascal_case',
  'reverse',
  'trim',
  'sanitize',
  'normalize_whitespace',
  'replace',
  'extract',
  'substring',
  'truncate',
  'split',
  'join',
  'indent',
  'dedent',
  'word_wrap',
];

const COUNT = { type: 'integer', minimum: 0, maximum: MAX_TEXT };

/** text-manipulator changes texts; characters are those of Unicode. */
export const textManipulator: Tool = {
  name: 'text-manipulator',
  description:
    'Changes a text: capitals, names such as snake_case, replace (text or pattern), extract, substring, split, join, ' +
    'truncate, indent, word_wrap and more',
  category: 'text',
  version: '1.0.0',
  tags: ['text', 'string', 'replace', 'regex', 'split', 'case', 'wrap'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: { text: 'input', content: 'input', data: 'input' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: OPERATIONS },
      input: {
        type: ['string', 'array'],
        maxLength: MAX_TEXT,
        items: { type: ['string', 'number'] },
        description: 'The text; join: a list of texts, or such a list as JSON',
      },
      options: {
        type: 'object',
        properties: {
          from: {
            type: 'string',
            minLength: 1,
            description: 'replace, extract: what is looked for',
          },
          to: {
            type: 'string',
            description: 'replace: what takes its place; with regex, $1 is the first group, $0 all',
          },
          regex: {
            type: 'boolean',
            description: 'replace, split: the text looked for is a pattern',
          },
          ignore_case: { type: 'boolean', description: 'replace, extract: capitals do not matter' },
          limit: { ...COUNT, description: 'replace, extract, split: do so at most so often' },
          start: { ...COUNT, description: 'substring: characters in front of it' },
          end: { ...COUNT, description: 'substring: characters up to its end' },
          delimiter: { type: 'string', description: 'split, join: what is between; a blank' },
          max_length: { ...COUNT, description: 'truncate: characters, suffix included; 100' },
          suffix: {
            type: 'string',
            description: 'truncate: what shows that something is gone; ...',
          },
          spaces: { ...COUNT, maximum: 1000, description: 'indent: blanks before each line; 4' },
          width: { ...COUNT, minimum: 1, description: 'word_wrap: characters of a line; 80' },
        },
        additionalProperties: false,
      },
    },
    required: ['operation', 'input'],
    additionalProperties: false,
    ...perOperation({
      replace: { required: ['options'], properties: { options: { required: ['from', 'to'] } } },
      extract: { required: ['options'], properties: { options: { required: ['from'] } } },
      substring: { required: ['options'], properties: { options: { required: ['start'] } } },
    }),
  },
  execute: async (args) => {
    const { manipulate } = await import('./text-operations.js');
    return manipulate(args);
  },
};
