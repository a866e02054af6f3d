import { jsonFloat, jsonNumber } from './json-stringify.js';
import { utf8Text } from './utf8.js';
import { Float, type HostObject, type HostValue, keyText, type ValueKey } from './value.js';

/**
 * The one text of a value, for digests: equal values give equal text, different values give different text, and no
 * {@link Value} is refused. It is JSON with sorted keys; what JSON can't say is tagged:
 *
 * | value | text |
 * | --- | --- |
 * | bytes that are not UTF-8 | `{"$bytes":"<base64>"}` |
 * | NaN, infinities | `{"$float":"NaN"}`, `{"$float":"Infinity"}`, `{"$float":"-Infinity"}` |
 * | `undefined` outside of a map | `{"$nil":true}` |
 * | a map with other keys than strings | `{"$map":[[key,value],...]}`, sorted by the text of the keys |
 * | a key that starts with `$` | the key with one more `$` in front |
 *
 * Fields that are `undefined` are left out. Values are trees: one that contains itself never ends here.
 */
export function canonicalJson(value: HostValue): string {
  return flatText(value) ?? wholeText(value);
}

/** The text of a plain object whose fields are simple, as the arguments of most calls are; `undefined` for others. */
function flatText(value: HostValue): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) || value instanceof Map || isLeaf(value)) return undefined;
  const object = value as HostObject;
  let text = '';
  for (const name of inOrder(Object.keys(object))) {
    const item = object[name];
    if (typeof item === 'object' && item !== null && !isLeaf(item)) return undefined;
    if (item !== undefined) text += `${text === '' ? '' : ','}${fieldName(name)}${leafText(item)}`;
  }
  return `{${text}}`;
}

function wholeText(value: HostValue): string {
  // A stack of its own instead of recursion, so that no depth of nesting overflows the program's stack.
  const text: string[] = [];
  const pending: Piece[] = [{ value }];
  for (let piece = pending.pop(); piece !== undefined; piece = pending.pop()) {
    if (typeof piece === 'string') text.push(piece);
    else expand(piece.value, text, pending);
  }
  return text.join('');
}

/** A piece of the text still to come: literally, or as the value it stands for. */
type Piece = string | { readonly value: HostValue };

function expand(value: HostValue, text: string[], pending: Piece[]): void {
  if (typeof value !== 'object' || value === null || isLeaf(value)) {
    text.push(leafText(value));
    return;
  }
  const pieces = Array.isArray(value) ? arrayPieces(value) : mapPieces(value);
  for (let index = pieces.length - 1; index >= 0; index -= 1) pending.push(pieces[index] as Piece);
}

function isLeaf(value: object): value is Float | Uint8Array {
  return value instanceof Float || value instanceof Uint8Array;
}

function leafText(value: HostValue): string {
  switch (typeof value) {
    case 'undefined':
      return '{"$nil":true}';
    case 'number':
      return jsonNumber(value) ?? `{"$float":"${value}"}`;
    case 'bigint':
      return String(value);
    case 'object':
      if (value instanceof Float) return floatText(value.value);
      if (value instanceof Uint8Array) return bytesText(value);
      return 'null';
    default:
      return JSON.stringify(value);
  }
}

function floatText(value: number): string {
  return Number.isFinite(value) ? jsonFloat(value) : `{"$float":"${value}"}`;
}

function bytesText(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return JSON.stringify(text);
  return `{"$bytes":"${Buffer.from(bytes).toString('base64')}"}`;
}

function arrayPieces(items: readonly HostValue[]): Piece[] {
  const pieces: Piece[] = ['['];
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) pieces.push(',');
    pieces.push({ value: items[index] });
  }
  pieces.push(']');
  return pieces;
}

function mapPieces(map: HostValue & object): Piece[] {
  if (!(map instanceof Map)) return objectPieces(map as HostObject);
  const entries = [...map].filter(([, item]) => item !== undefined);
  if (entries.some(([key]) => nameOf(key) === undefined)) return taggedMapPieces(entries);
  const fields = entries.map(([key, item]) => [nameOf(key) ?? keyText(key), item] as const);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const pieces: Piece[] = ['{'];
  for (const [name, item] of fields) addField(pieces, name, item);
  pieces.push('}');
  return pieces;
}

function objectPieces(object: HostObject): Piece[] {
  const pieces: Piece[] = ['{'];
  for (const name of inOrder(Object.keys(object))) {
    const item = object[name];
    if (item !== undefined) addField(pieces, name, item);
  }
  pieces.push('}');
  return pieces;
}

/** Sorted names; those that are sorted already, as most are, cost no room. */
function inOrder(names: string[]): string[] {
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
  return isSorted ? names : names.sort();
}

function addField(pieces: Piece[], name: string, value: HostValue): void {
  pieces.push(`${pieces.length > 1 ? ',' : ''}${fieldName(name)}`, { value });
}

/** A name as it stands in front of its value. */
function fieldName(name: string): string {
  return `${JSON.stringify(name.startsWith('$') ? `$${name}` : name)}:`;
}

function nameOf(key: ValueKey): string | undefined {
  if (typeof key === 'string') return key;
  return key instanceof Uint8Array ? utf8Text(key) : undefined;
}

function taggedMapPieces(entries: readonly (readonly [ValueKey, HostValue])[]): Piece[] {
  const pairs = entries.map(([key, item]) => [leafText(key), item] as const);
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const pieces: Piece[] = ['{"$map":['];
  for (const [key, item] of pairs) {
    if (pieces.length > 1) pieces.push(',');
    pieces.push(`[${key},`, { value: item }, ']');
  }
  pieces.push(']}');
  return pieces;
}
