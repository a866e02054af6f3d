import type { Tool } from '../tool.js';

/** data-validator holds data against rules. */
export const dataValidator: Tool = {
  name: 'data-validator',
  description:
    'Checks data against rules such as required, type, length, range, pattern, enum, email, url, date, array, ' +
    'object, and says what does not hold',
  category: 'data',
  version: '1.0.0',
  tags: ['validate', 'rules', 'check', 'data'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: { data: 'input', value: 'input', content: 'input' },
  parameters: {
    type: 'object',
    properties: {
      input: { description: 'The data; missing data is what `required` finds' },
      rules: {
        type: ['array', 'object'],
        description:
          'A list of rules { type = ..., ... } that the data must keep to, also as { rules = list }; ' +
          'or, for objects, such a list for each field. Rules: required; type (expected); length (min, max); ' +
          'range (min, max); pattern (regex); enum (values); email; url; date (format); ' +
          'custom (name: phone, uuid, credit_card, ipv4, ipv6); ' +
          'array (min_items, max_items, unique, item_rules); ' +
          'object (properties, required, additional_properties). Each may have a message',
      },
      fail_fast: { type: 'boolean', description: 'Stop at the first that does not hold' },
      max_errors: { type: 'integer', minimum: 1, maximum: 10_000, description: '100 when missing' },
    },
    required: ['rules'],
    additionalProperties: false,
  },
  execute: async (args) => {
    const { validateData } = await import('./data-validation.js');
    return validateData(args);
  },
};
