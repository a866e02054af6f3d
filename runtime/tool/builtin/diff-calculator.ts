import type { Tool } from '../tool.js';

const MAX_SIDE = 2_000_000;

/** diff-calculator compares two texts, or two values. */
export const diffCalculator: Tool = {
  name: 'diff-calculator',
  description:
    'Compares two texts (unified, context, inline or simple differences) or two JSON values, with counts',
  category: 'text',
  version: '1.0.0',
  tags: ['diff', 'compare', 'patch', 'json'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: {
    old: 'old_text',
    new: 'new_text',
    original: 'old_text',
    modified: 'new_text',
    text1: 'old_text',
    text2: 'new_text',
    old_value: 'old_json',
    new_value: 'new_json',
  },
  parameters: {
    type: 'object',
    properties: {
      type: { enum: ['text', 'json'], default: 'text', description: 'text when missing' },
      old_text: { type: 'string', maxLength: MAX_SIDE, description: 'text: as it was' },
      new_text: { type: 'string', maxLength: MAX_SIDE, description: 'text: as it is' },
      old_json: { description: 'json: the value as it was; a text counts as JSON' },
      new_json: { description: 'json: the value as it is; a text counts as JSON' },
      format: {
        enum: ['unified', 'context', 'inline', 'simple'],
        default: 'unified',
        description:
          'text: unified (when missing), context, inline (by words), simple (changed lines)',
      },
      context_lines: {
        type: 'integer',
        minimum: 0,
        maximum: 1000,
        description: 'unified, context: lines around a change; 3 when missing',
      },
      ignore_whitespace: {
        type: 'boolean',
        description: 'text: blanks at the ends of lines are no change',
      },
    },
    additionalProperties: false,
    if: { properties: { type: { const: 'json' } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['old_json', 'new_json'] },
    else: { required: ['old_text', 'new_text'] },
  },
  execute: async (args) => {
    if (args.get('type') !== 'json') {
      const { diffTexts } = await import('./text-diff.js');
      return diffTexts(args);
    }
    const { diffValues } = await import('./json-diff.js');
    return diffValues(args);
  },
};
