import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

async function render(input: string, context: object = {}, more: object = {}): Promise<string> {
  const result = await resultOf('template-creator', { input, context, ...more });
  return (result as { rendered: string }).rendered;
}

describe('template-creator', () => {
  it.each<[string, object, string]>([
    ['Hi {{name}}, {{ user.mail }}!', { name: 'Ada', user: { mail: 'a@b' } }, 'Hi Ada, a@b!'],
    ['{{missing}}{{a.b.c}}|', {}, '|'],
    ['{{n}} {{t}} {{list}}', { n: 1.5, t: true, list: [1] }, '1.5 true [1]'],
    ['{{list.1}} {{list.length}}', { list: ['a', 'b'] }, 'b 2'],
    ['{{#if a}}yes{{else}}no{{/if}}', { a: 1 }, 'yes'],
    ['{{#if a}}yes{{else}}no{{/if}}', { a: [] }, 'no'],
    ['{{#if a}}1{{else if b}}2{{else}}3{{/if}}', { b: true }, '2'],
    ['{{#if a}}1{{else if b}}2{{else}}3{{/if}}', {}, '3'],
    ['{{#unless a}}none{{/unless}}', { a: 0 }, 'none'],
    [
      '{{#each l}}{{@index}}:{{this}}{{#unless @last}}, {{/unless}}{{/each}}',
      { l: ['a', 'b'] },
      '0:a, 1:b',
    ],
    ['{{#each o}}{{@key}}={{this}};{{/each}}', { o: { x: 1, y: 2 } }, 'x=1;y=2;'],
    [
      '{{#each l}}{{n}} of {{name}}/{{../name}};{{/each}}',
      { name: 'L', l: [{ n: 1 }] },
      '1 of L/L;',
    ],
    ['{{#each l}}x{{else}}empty{{/each}}', { l: [] }, 'empty'],
    ['{{#with a}}{{b}}{{c}}{{/with}}', { a: { b: 1 }, c: 2 }, '12'],
    ['{{#l}}{{.}} {{/l}}{{^l}}none{{/l}}', { l: [1, 2] }, '1 2 '],
    ['{{#o}}{{n}}{{/o}}{{^no}}none{{/no}}', { o: { n: 5 } }, '5none'],
    ['{{#if if}}{{if}}{{/if}}', { if: 'x' }, 'x'],
    ['a{{! a remark }}b{{!-- another }} --}}c', {}, 'abc'],
    ['{{upper a}} {{lower "X"}} {{trim b}}', { a: 'é', b: ' c ' }, 'É x c'],
    ['{{json o}} {{length l}} {{join l " + "}}', { o: { k: [1] }, l: [1, 2] }, '{"k":[1]} 2 1 + 2'],
    ["{{default a 'none'}} {{default b 7}}", { b: '' }, 'none 7'],
    ['{{constructor}}{{__proto__}}{{toString}}|', {}, '|'],
    ['{{{a}}}{{&a}}', { a: '<b>' }, '<b><b>'],
    ['{ {a} } }}', {}, '{ {a} } }}'],
  ])('fills %s', async (input, context, expected) => {
    expect(await render(input, context)).toBe(expected);
  });

  it('takes the lines of blocks away with them', async () => {
    const input = '{{#each items}}\n- {{this}}\n{{else}}\nnone\n{{/each}}\n{{! done }}\nEnd\n';
    expect(await render(input, { items: ['a', 'b'] })).toBe('- a\n- b\nEnd\n');
    expect(await render(input)).toBe('none\nEnd\n');
    expect(await render('  {{#if a}}\n  x\n  {{/if}}\nb', { a: true })).toBe('  x\nb');
    expect(await render('a {{#if a}}x{{/if}}\nb', { a: true })).toBe('a x\nb');
  });

  it('escapes for HTML where that is wanted', async () => {
    const html = { escape: 'html' };
    expect(await render('{{a}} {{{a}}}', { a: `<a href="x">&'</a>` }, html)).toBe(
      `&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt; <a href="x">&'</a>`,
    );
    expect(await resultOf('template-creator', { template: 'x', engine: 'mustache' })).toEqual({
      rendered: 'x',
      engine: 'mustache',
    });
  });

  it('knows what is missing where that is an error', async () => {
    const strict = { strict: true };
    expect(await render('{{#if a}}{{a}}{{/if}}{{default a "x"}}', {}, strict)).toBe('x');
    expect(await errorOf('template-creator', { input: '\n\n{{a}}', ...strict })).toMatchObject({
      code: 'TOOL_FAILED',
      message: 'line 3 of the template: there is no value "a"',
      details: { line: 3 },
    });
  });

  it.each([
    ['a\n{{#if a}}', /^line 2 of the template: \{\{#if\}\} is never closed/],
    ['{{#if a}}\n{{/each}}', /line 2 .*\{\{\/each\}\} closes \{\{#if\}\} of line 1/],
    ['{{/if}}', /closes nothing/],
    ['{{else}}', /belongs to no block/],
    ['{{#if a}}{{else}}{{else}}{{/if}}', /belongs to no block/],
    ['{{#if a b}}{{/if}}', /takes one value/],
    ['{{#loop a}}{{/loop}}', /there is no block \{\{#loop a\}\}/],
    ['{{else foo a}}', /none of else/],
    ['{{shout a}}', /no function "shout"; there are upper/],
    ['{{constructor a}}', /no function "constructor"/],
    ['{{> part}}', /there are no partials/],
    ['{{ }}', /a tag is empty/],
    ['{{upper "a}}', /a quotation mark is never closed/],
    ['{{#if a}}'.repeat(101), /more than 100 levels/],
  ])('says what is wrong with %.40s', async (input, message) => {
    expect(await errorOf('template-creator', { input })).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('bounds what it fills', async () => {
    const list = Array.from({ length: 1000 }, (_, n) => n);
    const nested =
      '{{#each l}}{{#each l}}{{#each l}}{{#each l}}{{/each}}{{/each}}{{/each}}{{/each}}';
    const attempts = [
      [nested, { l: list }],
      ['{{#each l}}{{a}}{{/each}}', { l: list, a: 'x'.repeat(20_000) }],
      ['{{#each l}}{{length a}}{{/each}}', { l: list, a: 'x'.repeat(20_000) }],
    ] as const;
    for (const [input, context] of attempts) {
      const error = await errorOf('template-creator', { input, context });
      expect(error).toMatchObject({ code: 'TOO_LARGE' });
    }
  });

  it.each<[object, string]>([
    [{}, '/input'],
    [{ input: 'a', context: 'b' }, '/context'],
    [{ input: 'a', engine: 'tera' }, '/engine'],
    [{ input: 'a', escape: 'sql' }, '/escape'],
    [{ input: 'a'.repeat(1_000_001) }, '/input'],
  ])('refuses %.60j', async (args, key) => {
    const refused = callBuiltin('template-creator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
