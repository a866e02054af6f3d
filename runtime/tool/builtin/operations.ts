/** What a schema says of single operations of a tool. */
import type { JsonSchema } from '../tool.js';

/**
 * Further rules for the arguments of single operations. They form a chain of `if` and `else`: services of models refuse
 * schemas with `allOf` or `anyOf` at the top.
 *
 * @param fallback The operation that is meant where none is given.
 */
export function perOperation(
  rules: Readonly<Record<string, JsonSchema>>,
  fallback?: string,
): JsonSchema {
  return Object.entries(rules).reduceRight<JsonSchema>(
    (rest, [operation, rule]) => ({
      if: {
        properties: { operation: { const: operation } },
        ...(operation === fallback ? {} : { required: ['operation'] }),
      },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: rule,
      ...(Object.keys(rest).length === 0 ? {} : { else: rest }),
    }),
    {},
  );
}
