/**
 * JSON is exact JSON over {@link Value}: integers stay integers, `1.0` stays a float, objects keep their order. What
 * JSON can't say is refused with its place named, so that reading back what was written gives the same value.
 */
export { parseJson } from './json-parse.js';
export { type JsonOptions, stringifyJson } from './json-stringify.js';
