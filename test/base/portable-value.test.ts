import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, stringifyJson } from '../../runtime/base/json.js';
import { fromPortable, toPortable } from '../../runtime/base/portable-value.js';
import { Float, floatValue, type Value, type ValueKey } from '../../runtime/base/value.js';

function throughJson(value: Value): Value {
  return fromPortable(parseJson(stringifyJson(toPortable(value))));
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const integer = int64.map((value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
});
const scalar = fc.oneof(
  fc.boolean(),
  integer,
  fc.double().map(floatValue),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.integer({ min: 0xd7ff, max: 0xe000 }).map((it) => String.fromCharCode(it)),
  }),
);
const bytes = fc.uint8Array({ maxLength: 8 });
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.constant(null),
    bytes,
    fc.array(fc.option(tie('value'), { nil: undefined }), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(scalar, fc.constant('$llmspell')), tie('value')), {
        selector: ([key]) => (key instanceof Float ? `f${key.value}` : `${typeof key}${key}`),
        maxLength: 4,
      })
      .map((entries) => new Map<ValueKey, Value>(entries)),
  ),
}));

describe('a portable value', () => {
  test('reads back as what it was', () => {
    const property = fc.property(value, (given) => {
      expect(throughJson(given)).toEqual(given);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('that is plain is plain JSON', () => {
    const plain = new Map<ValueKey, Value>([
      ['list', [1, 1.5, new Float(2), 'text', true, null, []]],
      ['object', new Map([['a', new Map()]])],
    ]);
    expect(stringifyJson(toPortable(plain))).toBe(
      '{"list":[1,1.5,2.0,"text",true,null,[]],"object":{"a":{}}}',
    );
  });

  test('leaves marks alone that it did not make', () => {
    for (const text of [
      '{"$llmspell":"other","x":1}',
      '{"$llmspell":"bytes"}',
      '{"$llmspell":"float","value":1}',
      '{"$llmspell":5}',
    ]) {
      expect(fromPortable(parseJson(text))).toEqual(parseJson(text));
    }
  });
});
