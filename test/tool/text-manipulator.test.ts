import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

async function text(operation: string, input: unknown, options?: object): Promise<unknown> {
  const args = { operation, input, ...(options === undefined ? {} : { options }) };
  return ((await resultOf('text-manipulator', args)) as { result: unknown }).result;
}

describe('text-manipulator', () => {
  it.each<[string, unknown, object | undefined, unknown]>([
    ['uppercase', 'straße é', undefined, 'STRASSE É'],
    ['lowercase', 'ÉCOLE', undefined, 'école'],
    ['title_case', "it's a big élan", undefined, "It's A Big Élan"],
    ['snake_case', 'parseHTTPRequest2 for-me', undefined, 'parse_http_request2_for_me'],
    ['kebab_case', 'parseHTTPRequest', undefined, 'parse-http-request'],
    ['camel_case', 'Parse the http_request', undefined, 'parseTheHttpRequest'],
    ['pascal_case', 'parse the request', undefined, 'ParseTheRequest'],
    ['reverse', 'ab👨‍👩‍👧é', undefined, 'é👨‍👩‍👧ba'],
    ['trim', ' \n a b\t', undefined, 'a b'],
    ['sanitize', ' a\u001b[31m\u200bb\u0000\n', undefined, 'a[31mb'],
    ['normalize_whitespace', ' a \n\t b ', undefined, 'a b'],
    ['replace', 'a.b.c', { from: '.', to: '-' }, 'a-b-c'],
    ['replace', 'a.b.c', { from: '.', to: '$0', limit: 1 }, 'a$0b.c'],
    ['replace', 'a.b.c', { from: '.', to: '', limit: 0 }, 'a.b.c'],
    ['replace', 'Ab aB', { from: 'ab', to: 'x', ignore_case: true }, 'x x'],
    [
      'replace',
      'Ada Byron',
      { from: '(\\w+) (\\w+)', to: '$2, $1 $$', regex: true },
      'Byron, Ada $',
    ],
    ['replace', 'abc', { from: 'x*', to: '-', regex: true }, '-a-b-c-'],
    ['extract', 'a1 b22', { from: '\\d+' }, ['1', '22']],
    ['extract', 'k=1, l=2', { from: '(\\w)=\\d', limit: 1 }, ['k']],
    ['substring', 'grüße', { start: 2, end: 4 }, 'üß'],
    ['substring', '👍👍a', { start: 2 }, 'a'],
    ['truncate', 'abcdefgh', { max_length: 5 }, 'ab...'],
    ['truncate', 'abcdefgh', { max_length: 5, suffix: '…' }, 'abcd…'],
    ['truncate', 'abcde', { max_length: 5 }, 'abcde'],
    ['truncate', 'abcde', { max_length: 2 }, '..'],
    ['split', 'a b c', undefined, ['a', 'b', 'c']],
    ['split', 'a,b,c', { delimiter: ',', limit: 1 }, ['a', 'b,c']],
    ['split', 'a1b22c', { delimiter: '\\d+', regex: true }, ['a', 'b', 'c']],
    ['split', 'ab', { delimiter: '' }, ['a', 'b']],
    ['join', ['a', 1, 2.5], { delimiter: '-' }, 'a-1-2.5'],
    ['join', '["a","b"]', undefined, 'a b'],
    ['indent', 'a\n\nb', { spaces: 2 }, '  a\n\n  b'],
    ['dedent', '  a\n    b\n \n  c', undefined, 'a\n  b\n\nc'],
    ['word_wrap', 'the quick brown fox', { width: 9 }, 'the quick\nbrown fox'],
    ['word_wrap', 'unbreakable a\nb', { width: 3 }, 'unbreakable\na\nb'],
  ])('%s of %j with %j', async (operation, input, options, expected) => {
    expect(await text(operation, input, options)).toEqual(expected);
  });

  it('counts characters, or entries', async () => {
    expect(await resultOf('text-manipulator', { operation: 'uppercase', text: '👍ß' })).toEqual({
      result: '👍SS',
      operation: 'uppercase',
      original_length: 2,
      result_length: 3,
    });
    expect(await resultOf('text-manipulator', { operation: 'split', input: 'a b' })).toMatchObject({
      original_length: 3,
      result_length: 2,
    });
  });

  it('is kept busy by no pattern', async () => {
    const input = `${'a'.repeat(50_000)}!`;
    const options = { from: '(a+)+$', to: 'x', regex: true };
    expect(await text('replace', input, options)).toBe(input);
    const looking = {
      operation: 'extract',
      input: 'a'.repeat(400_000),
      options: { from: 'a*b|a' },
    };
    expect(await errorOf('text-manipulator', looking)).toMatchObject({ code: 'TOO_LARGE' });
    const large = { operation: 'extract', input: 'a'.repeat(500_000), options: { from: 'a{900}' } };
    expect(await errorOf('text-manipulator', large)).toMatchObject({
      code: 'TOO_LARGE',
      message: 'the text is too long for the pattern "a{900}"',
    });
  });

  it.each<[object, string, RegExp]>([
    [
      { operation: 'replace', input: 'a', options: { from: '(', to: '', regex: true } },
      'TOOL_ARGUMENTS',
      /^\/options the pattern "\(" can't be used/,
    ],
    [
      { operation: 'extract', input: 'a', options: { from: '(?=a)' } },
      'TOOL_ARGUMENTS',
      /can't be used/,
    ],
    [
      { operation: 'substring', input: 'a', options: { start: 3, end: 1 } },
      'TOOL_ARGUMENTS',
      /end/,
    ],
    [{ operation: 'join', input: 'a b' }, 'TOOL_ARGUMENTS', /neither a list nor a list as JSON/],
    [{ operation: 'trim', input: ['a'] }, 'TOOL_ARGUMENTS', /must be a text, got a list/],
    [{ operation: 'trim', input: Uint8Array.of(255) }, 'TOOL_ARGUMENTS', /UTF-8/],
    [
      { operation: 'replace', input: 'a'.repeat(9_000_000), options: { from: 'a', to: 'bcd' } },
      'TOO_LARGE',
      /too large/,
    ],
    [
      { operation: 'indent', input: 'a\n'.repeat(40_000), options: { spaces: 1000 } },
      'TOO_LARGE',
      /characters/,
    ],
  ])('reports what is wrong with %.60j', async (args, code, message) => {
    expect(await errorOf('text-manipulator', args)).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each<[object, string]>([
    [{ input: 'a' }, '/operation'],
    [{ operation: 'trim' }, '/input'],
    [{ operation: 'shout', input: 'a' }, '/operation'],
    [{ operation: 'replace', input: 'a' }, '/options'],
    [{ operation: 'replace', input: 'a', options: { from: 'a' } }, '/options/to'],
    [{ operation: 'replace', input: 'a', options: { from: '', to: '' } }, '/options/from'],
    [{ operation: 'extract', input: 'a', options: {} }, '/options/from'],
    [{ operation: 'substring', input: 'a', options: { start: -1 } }, '/options/start'],
    [{ operation: 'word_wrap', input: 'a', options: { width: 0 } }, '/options/width'],
    [{ operation: 'trim', input: 'a', options: { widht: 1 } }, '/options/widht'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('text-manipulator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
