/** What templates make of values. */
import { SpellError } from '../../base/errors.js';
import { stringifyJson } from '../../base/json.js';
import { Float, isMap, type Value } from '../../base/value.js';
import { MAX_TEXT } from './input.js';

/** Nodes that are filled, and characters that functions go through. */
const MAX_STEPS = 10_000_000;

/** FilledText is what a template is filled to, within limits. */
export class FilledText {
  readonly #pieces: string[] = [];
  #length = 0;
  #steps = 0;

  /** @throws SpellError `TOO_LARGE` */
  count(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= MAX_STEPS) return;
    throw new SpellError('TOO_LARGE', `filling the template takes more than ${MAX_STEPS} steps`);
  }

  /** @throws SpellError `TOO_LARGE` */
  write(text: string): void {
    this.#length += text.length;
    requireShort(this.#length);
    this.#pieces.push(text);
  }

  toString(): string {
    return this.#pieces.join('');
  }
}

/** @throws SpellError `TOO_LARGE` */
export function requireShort(length: number): void {
  if (length <= MAX_TEXT) return;
  throw new SpellError('TOO_LARGE', `the text gets longer than ${MAX_TEXT} characters`);
}

/** What a function may have to go through. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (!Array.isArray(value) && !isMap(value)) return 1;
  let size = 1;
  for (const item of value.values()) size += sizeOf(item as Value);
  return size;
}

export function lengthOf(value: Value): number {
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? value.size : [...textFor(value)].length;
}

export function joined(value: Value, separator: string): string {
  return Array.isArray(value) ? value.map(textFor).join(separator) : textFor(value);
}

export function field(value: Value, name: string): Value {
  if (Array.isArray(value)) {
    if (name === 'length') return value.length;
    return /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined;
  }
  if (!isMap(value)) return undefined;
  return value.get(name) ?? (/^-?\d{1,15}$/.test(name) ? value.get(Number(name)) : undefined);
}

/** As in Handlebars: false, nothing, zero, the empty text and the empty list are not shown. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (value === 0 || (value instanceof Float && value.value === 0)) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(isMap(value) && value.size === 0);
}

export function textFor(value: Value): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'string' ? value : stringifyJson(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
