/** `--metadata key=value`, given any number of times. */
import { parseJson } from '../../../runtime/base/json.js';
import type { Value, ValueKey, ValueMap } from '../../../runtime/base/value.js';
import { type Options, usageError } from '../option.js';

/** A value that is JSON counts as such, anything else is text. */
export function metadataOption(options: Options): ValueMap {
  const map = new Map<ValueKey, Value>();
  for (const text of options.texts('metadata')) {
    const [, key, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      throw usageError(`option '--metadata' must be KEY=VALUE, got ${JSON.stringify(text)}`);
    }
    map.set(key, metadataValue(value));
  }
  return map;
}

function metadataValue(text: string): Value {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
