/** Answers that have to be data: JSON out of a text, and whether it fits its schema. */
import { SpellError } from '../base/errors.js';
import { parseJson } from '../base/json.js';
import type { Value } from '../base/value.js';
import { schemaFaults } from '../tool/json-schema.js';
import type { CheckedData } from './answer.js';

/** The faults of an answer that are told to the model, and to the script. */
const MAX_FAULTS = 10;

/** @throws SpellError `BAD_ARGUMENT` for a schema that is none. */
export async function checkData(
  text: string,
  schema: Readonly<Record<string, unknown>>,
): Promise<CheckedData> {
  let data: Value;
  try {
    data = parseJson(jsonIn(text));
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    return { faults: [{ pointer: '', message: `is not JSON: ${thrown.message}` }] };
  }
  const faults = await schemaFaults(schema, data);
  if (faults.length === 0) return { data };
  return {
    faults: faults.slice(0, MAX_FAULTS).map(({ path, message }) => ({ pointer: path, message })),
  };
}

/** Models like to put a fence around what they write. */
function jsonIn(text: string): string {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text);
  return fenced?.[1] ?? text;
}
