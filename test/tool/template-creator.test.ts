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
    [{ input: 'a', engine: 'jinja' }, '/engine'],
    [{ input: 'a', escape: 'sql' }, '/escape'],
    [{ input: 'a'.repeat(1_000_001) }, '/input'],
  ])('refuses %.60j', async (args, key) => {
    const refused = callBuiltin('template-creator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});

describe('a template of Tera', () => {
  const people = [
    { name: 'Ada', age: 36, tags: ['a', 'b'] },
    { name: 'Bob', age: 17, tags: [] },
  ];

  it.each<[string, object, string]>([
    ['Hi {{ name | upper }}!', { name: 'Ada' }, 'Hi ADA!'],
    ['{{ name | lower | capitalize }}', { name: 'ADA' }, 'Ada'],
    ['{% if a %}1{% elif b %}2{% else %}3{% endif %}', { b: true }, '2'],
    ['{% if a %}1{% elif b %}2{% else %}3{% endif %}', {}, '3'],
    ['{% if n > 1 and not off or n == 0 %}y{% else %}n{% endif %}', { n: 2, off: false }, 'y'],
    ['{% if "x" in list and "q" not in list %}y{% endif %}', { list: ['x'] }, 'y'],
    ['{% if a is defined %}y{% endif %}{% if b is not defined %}n{% endif %}', { a: 0 }, 'yn'],
    ['{% if n is odd %}odd{% endif %}{% if n is divisibleby(3) %}3{% endif %}', { n: 9 }, 'odd3'],
    [
      '{% for p in people %}{{ loop.index }}. {{ p.name }}{% if not loop.last %}, {% endif %}{% endfor %}',
      { people },
      '1. Ada, 2. Bob',
    ],
    ['{% for k, v in o %}{{ k }}={{ v }};{% endfor %}', { o: { x: 1, y: 2 } }, 'x=1;y=2;'],
    ['{% for x in none %}x{% else %}empty{% endfor %}', {}, 'empty'],
    [
      '{% for i in range(end=4) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}',
      {},
      '02',
    ],
    [
      '{% for p in people %}{% for t in p.tags %}{{ p.name }}{{ t }} {% endfor %}{% endfor %}',
      { people },
      'Adaa Adab ',
    ],
    [
      '{% set total = price * count + 1 %}{{ total }} {{ (1 + 2) * 3 }} {{ 7 % 4 }}',
      { price: 2, count: 3 },
      '7 9 3',
    ],
    ['{% for x in [1, 2] %}{% set_global n = n + x %}{% endfor %}{{ n }}', { n: 10 }, '13'],
    ['{{ "a" ~ 1 ~ name }}', { name: 'b' }, 'a1b'],
    [
      '{{ list | join(sep=", ") }} {{ list | length }} {{ list | first }}{{ list | last }}',
      { list: ['x', 'y'] },
      'x, y 2 xy',
    ],
    ['{{ missing | default(value="none") }}|{{ missing }}|{{ a.b.c }}', {}, 'none||'],
    ['{{ text | replace(from="a", to="o") | truncate(length=3) }}', { text: 'banana' }, 'bon…'],
    [
      '{{ people | map(attribute="name") | sort | reverse | join(sep="+") }}',
      { people },
      'Bob+Ada',
    ],
    ['{{ people | filter(attribute="age", value=17) | length }}', { people }, '1'],
    [
      '{{ n | round(precision=1) }} {{ n | round(method="ceil") }} {{ -n | abs }}',
      { n: 2.25 },
      '2.3 3 2.25',
    ],
    ['{{ o["k"] }} {{ list[1] }} {{ list.0 }}', { o: { k: 1 }, list: ['a', 'b'] }, '1 b a'],
    [
      '{{ o | json_encode }} {{ "a b" | urlencode }} {{ "x" | get(key="y", default="z") }}',
      { o: [1] },
      '[1] a%20b z',
    ],
    [
      'a{# a {{ remark }} #}b{% raw %}{{ as }} it {% is %}{% endraw %}',
      {},
      'ab{{ as }} it {% is %}',
    ],
    ['a  {{- n -}}  b {%- if true -%} c {%- endif %} d', { n: 1 }, 'a1bc d'],
    ['{{ constructor | default(value="-") }}{{ a.constructor }}{{ __proto__ }}|', { a: {} }, '-|'],
    ["{% if a == 'x' or b >= 2.5 %}{{ \"it's\" }}{% endif %}", { b: 2.5 }, "it's"],
  ])('is filled: %s', async (input, context, expected) => {
    expect(await render(input, context, { engine: 'tera' })).toBe(expected);
  });

  it('is known by its tags, where nobody says what it is', async () => {
    const result = (input: string) => resultOf('template-creator', { input, context: { a: 'x' } });
    expect(await result('{{ a | upper }}')).toEqual({ rendered: 'X', engine: 'tera' });
    expect(await result('{% if a %}{{a}}{% endif %}')).toEqual({ rendered: 'x', engine: 'tera' });
    expect(await result('{{a}} {{#if a}}y{{/if}}')).toEqual({
      rendered: 'x y',
      engine: 'handlebars',
    });
  });

  it('is escaped for HTML where that is wanted', async () => {
    const html = { escape: 'html', engine: 'tera' };
    expect(await render('{{ a }} {{ a | safe }} {{ a | upper | safe }}', { a: '<b>' }, html)).toBe(
      '&lt;b&gt; <b> <B>',
    );
  });

  it.each<[string, RegExp]>([
    ['a\n{% if a %}', /^line 2 of the template: \{% if %\} is never closed/],
    ['{% for a in b %}\n{% endif %}', /line 2 .*\{% endif %\} closes \{% for %\} of line 1/],
    ['{% endfor %}', /closes nothing/],
    ['{% else %}', /belongs to no block/],
    ['{% break %}', /belongs to no for/],
    ['{% include "/etc/passwd" %}', /there is no tag \{% include/],
    ['{{ a | shout }}', /there is no filter "shout"; there are upper/],
    ['{{ a is nice }}', /there is no test "nice"/],
    ['{{ get_env(name="PATH") }}', /there is no function "get_env"/],
    ['{{ a b }}', /can't be understood: there is b too early/],
    ['{{ }}', /it ends too early/],
    ['{{ (a }}', /it ends where "\)" belongs/],
    ['{{ a & b }}', /"& b" can't be understood/],
    ['{{ a', /\{\{ is never closed/],
    ['{% raw %}', /never closed/],
    ['{% for 1 in b %}{% endfor %}', /for is written/],
    ['{% set 1 = 2 %}', /set needs a name/],
    ['{{ range(end=1000000) }}', /a range has at most/],
    [`{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`, /more than 100 levels/],
    ['{% if a %}'.repeat(200), /more than 100 levels/],
  ])('says what is wrong with %.60s', async (input, message) => {
    const error = await errorOf('template-creator', { input, engine: 'tera' });
    expect(error).toMatchObject({ code: 'TOOL_FAILED', message: expect.stringMatching(message) });
  });

  it('knows what is missing where that is an error', async () => {
    const strict = { strict: true, engine: 'tera' };
    expect(await render('{{ a | default(value=1) }}{% if b %}{% endif %}', {}, strict)).toBe('1');
    expect(await errorOf('template-creator', { input: '\n{{ a.b }}', ...strict })).toMatchObject({
      message: 'line 2 of the template: there is no value for {{ a.b }}',
    });
  });

  it.each<[string]>([
    ['{% set a = "xxxxxxxx" %}{% for i in range(end=60) %}{% set_global a = a ~ a %}{% endfor %}'],
    [
      '{% set_global l = [1] %}{% for i in range(end=60) %}{% set_global l = l | concat(with=l) %}{% endfor %}',
    ],
    ['{% for a in range(end=9999) %}{% for b in range(end=9999) %}{{ b }}{% endfor %}{% endfor %}'],
    ['{{ list | join(sep="") | replace(from="", to=big) }}'],
  ])('does not grow without end: %.60s', async (input) => {
    const context = { list: Array(20_000).fill('x'), big: 'y'.repeat(1000) };
    const given = { input, context, engine: 'tera' };
    expect(await errorOf('template-creator', given)).toMatchObject({ code: 'TOO_LARGE' });
  });
});
