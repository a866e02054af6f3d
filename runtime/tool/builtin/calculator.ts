import type { Tool } from '../tool.js';
import { perOperation } from './operations.js';

/** calculator evaluates expressions; they are parsed, and can call nothing but its own functions. */
export const calculator: Tool = {
  name: 'calculator',
  description:
    'Evaluates a mathematical expression such as "2 * pi * r ^ 2" (evaluate), says whether one is correct ' +
    '(validate), lists what there is for them (functions)',
  category: 'math',
  version: '1.0.0',
  tags: ['math', 'arithmetic', 'expression', 'calculate'],
  effect: 'pure',
  timeoutMs: 5000,
  formerNames: { expression: 'input', text: 'input', content: 'input' },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: ['evaluate', 'validate', 'functions'],
        default: 'evaluate',
        description: 'evaluate when missing',
      },
      input: {
        type: 'string',
        minLength: 1,
        maxLength: 10_000,
        description:
          'The expression: + - * / % ^, comparisons, and, or, not, condition ? yes : no, functions, names; ' +
          'names with blanks between backquotes, texts between quotation marks',
      },
      variables: {
        type: 'object',
        additionalProperties: { type: ['number', 'string', 'boolean'], maxLength: 100_000 },
        description: 'evaluate: the values of names',
      },
    },
    additionalProperties: false,
    ...perOperation(
      { evaluate: { required: ['input'] }, validate: { required: ['input'] } },
      'evaluate',
    ),
  },
  execute: async (args) => {
    const { calculate } = await import('./calculation.js');
    return calculate(args);
  },
};
