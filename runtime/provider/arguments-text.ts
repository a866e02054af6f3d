import { parseJson } from '../base/json.js';
import { isMap, type PlainValue, toPlain } from '../base/value.js';

/**
 * What a model wrote as the arguments of a tool call: an object, or what it wrote when that is none. Nothing at all
 * stands for no arguments.
 */
export function parseArguments(text: string): { arguments: PlainValue; malformed?: string } {
  if (text.trim() === '') return { arguments: {} };
  try {
    const value = parseJson(Buffer.from(text));
    if (isMap(value)) return { arguments: toPlain(value) };
  } catch {
    // What is wrong with it is told to the model by whoever runs its tools.
  }
  return { arguments: {}, malformed: text };
}
