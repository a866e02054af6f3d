/** How expressions of Tera compare values and reckon with them. */
import { stringifyJson } from '../../base/json.js';
import { Float, isMap, type Value } from '../../base/value.js';
import { textFor } from './template-values.js';

/** What is no number counts as none. */
export function numberOf(value: Value): number {
  if (value instanceof Float) return value.value;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

export function isNumber(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}

export function areEqual(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right)) return numberOf(left) === numberOf(right);
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  return stringifyJson(left) === stringifyJson(right);
}

/** Numbers by size, all else by letters. */
export function isLess(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right)) return numberOf(left) < numberOf(right);
  return textFor(left) < textFor(right);
}

export function isIn(wanted: Value, place: Value): boolean {
  if (Array.isArray(place)) return place.some((item) => areEqual(item, wanted));
  if (isMap(place)) return place.has(textFor(wanted));
  return textFor(place).includes(textFor(wanted));
}

export function isNothing(value: Value): boolean {
  return value === undefined || value === null;
}
