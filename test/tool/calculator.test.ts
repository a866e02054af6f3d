import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

async function value(input: string, variables: object = {}): Promise<unknown> {
  const result = await resultOf('calculator', { operation: 'evaluate', input, variables });
  return (result as { result: unknown }).result;
}

async function mistake(input: string, variables: object = {}): Promise<string> {
  const error = await errorOf('calculator', { input, variables });
  expect(error.code).toBe('TOOL_FAILED');
  return error.message;
}

describe('calculator', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 10', 1024],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['--3', 3],
    ['7 / 2', 3.5],
    ['7 % 4', 3],
    ['mod(-7, 4)', 1],
    ['.5 + 1e3 + 0xff', 1255.5],
    ['2 * pi', 2 * Math.PI],
    ['pi()', Math.PI],
    ['round(2.5) + round(-2.5)', 0],
    ['round(1.005, 2)', 1.01],
    ['round(1e300)', 1e300],
    ['sqrt(16) + cbrt(27) + abs(-1)', 8],
    ['log(1000) + log(2, 8) + ln(e)', 7],
    ['max(1, 5, 3) - min(4, 2)', 3],
    ['sum(1, 2, 3) / avg(2, 4)', 2],
    ['median(5, 1, 3) + median(4, 2)', 6],
    ['factorial(5) + gcd(12, 18) + lcm(4, 6)', 138],
    ['round(degrees(pi / 2))', 90],
    ['3 > 2 and not (1 >= 2)', true],
    ['1 = 1 && 2 <> 2', false],
    ['false or 1 == "1.0"', true],
    ['!true', false],
    ['1 < 2 ? "yes" : "no"', 'yes'],
    ['if(0, 1, 2)', 2],
    ['"a" + 1 + \'b\'', 'a1b'],
    ['"10" + 1', 11],
    ['"line\\n\\"x\\""', 'line\n"x"'],
    ['length("grün") + length(upper("ab"))', 6],
    ['starts_with("abc", "ab") and contains("abc", "c") and ends_with("abc", "bc")', true],
    ['concat(lower("A"), trim(" b "), text(1))', 'ab1'],
    ['coalesce("", 0, 5)', 0],
    ['"b" > "a"', true],
    ['9007199254740993', 9007199254740992],
  ])('evaluates %s', async (input, expected) => {
    expect(await value(input)).toEqual(expected);
  });

  it('says of which kind the result is', async () => {
    expect(await resultOf('calculator', { input: '6 / 2' })).toEqual({
      input: '6 / 2',
      result: 3,
      result_type: 'integer',
      variables: {},
    });
    for (const [input, type] of Object.entries({
      '1 / 2': 'float',
      '1 < 2': 'boolean',
      '"a"': 'string',
    })) {
      expect(await resultOf('calculator', { input })).toMatchObject({ result_type: type });
    }
  });

  it('knows variables, with blanks in their names between backquotes', async () => {
    expect(await value('price * (1 + vat)', { price: 80, vat: 0.25 })).toBe(100);
    expect(await value('`unit price` * höhe', { 'unit price': 2, höhe: 3 })).toBe(6);
    expect(await value('pi', { pi: 3 })).toBe(3);
    expect(await value('`and` + `true`', { and: 1, true: 2 })).toBe(3);
  });

  it.each<[string, RegExp]>([
    ['1 +', /^position 4 of the expression: a value expected, got the end$/],
    ['(1', /position 3 .* "\)" expected, got the end/],
    ['1 2', /position 3 .* unexpected 2/],
    ['1 $ 2', /position 3 .* unexpected "\$"/],
    ['sqr(2)', /position 1 .* there is no function "sqr"\. Did you mean "sqrt"\?/],
    ['sqrt(1, 2)', /sqrt\(x\) does not take 2 arguments/],
    ['min()', /min\(x, \.\.\.\) does not take 0 arguments/],
    ['pric * 2', /there is no variable "pric"/],
    ['1 / 0', /position 3 .* division by zero/],
    ['5 % (2 - 2)', /division by zero/],
    ['sqrt(-1)', /sqrt\(-1\) is no number/],
    ['ln(0)', /is too large/],
    ['10 ^ 400', /10 \^ 400 is too large/],
    ['1e999', /is too large|no number/],
    ['factorial(171)', /factorial needs a whole number from 0 to 170/],
    ['gcd(1.5, 2)', /need whole numbers/],
    ['"a" * 2', /a number is needed, got "a"/],
    ['sqrt("a")', /sqrt needs numbers, got "a"/],
    ['1 ? 2', /":" expected/],
    ['constructor', /there is no variable "constructor"/],
    ['constructor()', /there is no function "constructor"/],
    ['toString.call(1)', /unexpected "\."/],
    ['process.exit(1)', /unexpected/],
    ['x = 5', /there is no variable "x"/],
  ])('says what is wrong with %s', async (input, message) => {
    expect(await mistake(input)).toMatch(message);
  });

  it('names variables that come near', async () => {
    expect(await mistake('pric * 2', { price: 1 })).toContain('Did you mean "price"?');
  });

  it('bounds what it evaluates', async () => {
    expect(await mistake(`${'('.repeat(300)}1${')'.repeat(300)}`)).toContain('200 levels');
    expect(await mistake('1+'.repeat(2000).concat('1'))).toContain('1000 operators');
    expect(await mistake('-'.repeat(3000).concat('1'))).toContain('200 levels');
    expect(await mistake('1 ? '.repeat(1000))).toContain('200 levels');
    expect(await value('1+'.repeat(999).concat('1'))).toBe(1000);
    const text = 'x'.repeat(100_000);
    expect(await mistake('t+'.repeat(10).concat('t'), { t: text })).toContain('too long');
  });

  it('validates without evaluating', async () => {
    const check = (input: string) => resultOf('calculator', { operation: 'validate', input });
    expect(await check('a / 0 + b * pi + a')).toEqual({
      input: 'a / 0 + b * pi + a',
      valid: true,
      variables: ['a', 'b'],
    });
    expect(await check('1 +')).toEqual({
      input: '1 +',
      valid: false,
      error: 'position 4 of the expression: a value expected, got the end',
      position: 4,
    });
  });

  it('lists its functions, each with how it is used', async () => {
    const { functions, constants, operators } = (await resultOf('calculator', {
      operation: 'functions',
    })) as { functions: object[]; constants: object; operators: string[] };
    expect(functions).toContainEqual({
      name: 'sqrt',
      usage: 'sqrt(x)',
      description: 'square root',
    });
    expect(constants).toEqual({ pi: Math.PI, e: Math.E, tau: 2 * Math.PI });
    expect(operators).toContain('^');
  });

  it('understands former names of its input', async () => {
    for (const name of ['expression', 'text', 'content']) {
      expect(await resultOf('calculator', { [name]: '1 + 1' })).toMatchObject({ result: 2 });
    }
  });

  it.each<[object, string]>([
    [{}, '/input'],
    [{ operation: 'validate' }, '/input'],
    [{ input: '' }, '/input'],
    [{ input: 'x'.repeat(10_001) }, '/input'],
    [{ input: '1', variables: { x: {} } }, '/variables/x'],
    [{ input: '1', variables: { x: 'x'.repeat(100_001) } }, '/variables/x'],
    [{ input: '1', variable: {} }, '/variable'],
    [{ operation: 'solve', input: '1' }, '/operation'],
  ])('refuses %.60j', async (args, key) => {
    const refused = callBuiltin('calculator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
