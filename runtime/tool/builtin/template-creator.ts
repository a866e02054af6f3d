import type { Tool } from '../tool.js';

const MAX_TEMPLATE = 1_000_000;

/** template-creator fills templates; they can show what is in the context, and run nothing. */
export const templateCreator: Tool = {
  name: 'template-creator',
  description:
    'Fills a template with values: {{name}}, {{#if}}, {{#unless}}, {{#each}}, {{#with}} of Handlebars, the sections ' +
    'of Mustache, or {{ name | upper }}, {% if %}, {% for %} of Tera; templates run no code',
  category: 'text',
  version: '1.0.0',
  tags: ['template', 'handlebars', 'mustache', 'tera', 'render'],
  effect: 'pure',
  timeoutMs: 10_000,
  formerNames: {
    template: 'input',
    text: 'input',
    content: 'input',
    data: 'context',
    variables: 'context',
  },
  parameters: {
    type: 'object',
    properties: {
      input: {
        type: 'string',
        maxLength: MAX_TEMPLATE,
        description:
          'The template: {{path.to.value}}, {{upper name}} (also lower, trim, json, length, join, default), ' +
          '{{#if a}}..{{else}}..{{/if}}, {{#each list}}{{@index}} {{this}}{{/each}}, {{#list}}..{{/list}}, ' +
          '{{^list}}..{{/list}}, {{! remark }}; of Tera: {{ name | default(value="x") }}, {% if a > 1 and b %}..' +
          '{% elif c is defined %}..{% else %}..{% endif %}, {% for item in list %}{{ loop.index }}{% endfor %}, ' +
          '{% set a = 1 %}, {# remark #}',
      },
      context: { type: 'object', description: 'The values' },
      engine: {
        enum: ['handlebars', 'mustache', 'tera'],
        description:
          'handlebars and mustache are understood in one template; tera when missing and the template has its tags',
      },
      escape: {
        enum: ['none', 'html'],
        default: 'none',
        description:
          'How {{values}} are written; {{{values}}} always as they are; none when missing',
      },
      strict: { type: 'boolean', description: 'A value that is missing is an error' },
    },
    required: ['input'],
    additionalProperties: false,
  },
  execute: async (args) => {
    const { render } = await import('./template-work.js');
    return render(args);
  },
};
