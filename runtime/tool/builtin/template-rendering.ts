/** Fills templates. */
import { SpellError } from '../../base/errors.js';
import { stringifyJson } from '../../base/json.js';
import {
  Float,
  type HostObject,
  isMap,
  keyText,
  type Value,
  type ValueMap,
} from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { MAX_TEXT, optionalText, textOf } from './input.js';
import {
  parseTemplate,
  type Section,
  type TemplateNode,
  templateError,
} from './template-parser.js';

/** Nodes that are filled, and characters that functions go through. */
const MAX_STEPS = 10_000_000;

export function render(args: ToolArguments): HostObject {
  const nodes = parseTemplate(textOf(args, 'input'));
  const context = (args.get('context') ?? new Map()) as ValueMap;
  const rendering = new Rendering(args.get('escape') === 'html', args.get('strict') === true);
  const rendered = boundedWork(() => rendering.of(nodes, { value: context, data: {} }));
  return { rendered, engine: optionalText(args.get('engine')) ?? 'handlebars' };
}

/** Scope is what `this` is at a place, and what is around it. */
interface Scope {
  readonly value: Value;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly data: Readonly<Record<string, Value>>;
  readonly outer?: Scope;
}

class Rendering {
  readonly #pieces: string[] = [];
  #length = 0;
  #steps = 0;

  constructor(
    private readonly escapes: boolean,
    private readonly strict: boolean,
  ) {}

  of(nodes: readonly TemplateNode[], scope: Scope): string {
    this.#render(nodes, scope);
    return this.#pieces.join('');
  }

  #render(nodes: readonly TemplateNode[], scope: Scope): void {
    for (const node of nodes) {
      this.#count(1);
      if (node.type === 'text') this.#write(node.text);
      else if (node.type === 'section') this.#section(node, scope);
      else {
        const text = textFor(this.#value(node.words, scope, node.line));
        this.#write(this.escapes && !node.raw ? escapeHtml(text) : text);
      }
    }
  }

  #count(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= MAX_STEPS) return;
    throw new SpellError('TOO_LARGE', `filling the template takes more than ${MAX_STEPS} steps`);
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_TEXT) {
      throw new SpellError('TOO_LARGE', `the text gets longer than ${MAX_TEXT} characters`);
    }
    this.#pieces.push(text);
  }

  #section({ kind, words, body, otherwise, line }: Section, scope: Scope): void {
    const asks = kind === 'if' || kind === 'unless' || kind === 'hide';
    const value = this.#value(words, scope, line, asks);
    const isShown = isTrue(value) !== (kind === 'unless' || kind === 'hide');
    if (!isShown) this.#render(otherwise, scope);
    else if (kind === 'each' || (kind === 'show' && Array.isArray(value))) {
      this.#each(value, body, scope);
    } else if (kind === 'with' || (kind === 'show' && isMap(value))) {
      this.#render(body, { value, data: scope.data, outer: scope });
    } else this.#render(body, scope);
  }

  #each(value: Value, body: readonly TemplateNode[], scope: Scope): void {
    const entries: [Value, Value][] = Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : [...(isMap(value) ? value : [])].map(([key, item]) => [keyText(key), item]);
    this.#count(entries.length);
    for (const [index, [key, item]] of entries.entries()) {
      const data = { index, key, first: index === 0, last: index === entries.length - 1 };
      this.#render(body, { value: item, data, outer: scope });
    }
  }

  /** A path, or a function with its arguments. */
  #value(words: readonly string[], scope: Scope, line: number, optional = false): Value {
    const [name = '', ...rest] = words;
    if (rest.length === 0) {
      const value = operand(name, scope);
      if (value === undefined && this.strict && !optional) {
        throw templateError(`there is no value "${name}"`, line);
      }
      return value;
    }
    const fill = FUNCTIONS.get(name);
    if (fill === undefined) {
      const known = [...FUNCTIONS.keys()].join(', ');
      throw templateError(`there is no function "${name}"; there are ${known}`, line);
    }
    const values = rest.map((word) => operand(word, scope));
    for (const value of values) this.#count(sizeOf(value));
    return fill(...values);
  }
}

const FUNCTIONS: ReadonlyMap<string, (...values: Value[]) => Value> = new Map([
  ['upper', (value: Value) => textFor(value).toUpperCase()],
  ['lower', (value: Value) => textFor(value).toLowerCase()],
  ['trim', (value: Value) => textFor(value).trim()],
  ['json', (value: Value) => stringifyJson(value ?? null)],
  ['length', lengthOf],
  ['join', (value: Value, separator: Value = ', ') => joined(value, textFor(separator))],
  ['default', (value: Value, other: Value) => (isTrue(value) ? value : other)],
] as readonly [string, (...values: Value[]) => Value][]);

/** What a function may have to go through. */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (!Array.isArray(value) && !isMap(value)) return 1;
  let size = 1;
  for (const item of value.values()) size += sizeOf(item as Value);
  return size;
}

function lengthOf(value: Value): number {
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? value.size : [...textFor(value)].length;
}

function joined(value: Value, separator: string): string {
  return Array.isArray(value) ? value.map(textFor).join(separator) : textFor(value);
}

function operand(word: string, scope: Scope): Value {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(word);
  if (quoted !== null) return quoted[2];
  if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word);
  if (word === 'true' || word === 'false') return word === 'true';
  if (word.startsWith('@')) return dataOf(word.slice(1), scope);
  return atPath(word, scope);
}

function dataOf(name: string, scope: Scope): Value {
  return Object.hasOwn(scope.data, name) ? scope.data[name] : undefined;
}

/** `a.b`, `this.a`, `../a`, `list.0`; a name that is not here is looked for in what is around. */
function atPath(path: string, scope: Scope): Value {
  let place: Scope | undefined = scope;
  let rest = path;
  while (rest.startsWith('../')) {
    place = place?.outer;
    rest = rest.slice(3);
  }
  if (rest === '.' || rest === 'this' || rest === '') return place?.value;
  const isLocal = rest !== path || /^(this|\.)[./]/.test(rest);
  const steps = rest.replace(/^(this|\.)[./]/, '').split('.');
  const [first = '', ...others] = steps;
  while (!isLocal && place?.outer !== undefined && field(place.value, first) === undefined) {
    place = place.outer;
  }
  let value = field(place?.value, first);
  for (const step of others) value = field(value, step);
  return value;
}

function field(value: Value, name: string): Value {
  if (Array.isArray(value)) {
    if (name === 'length') return value.length;
    return /^\d{1,9}$/.test(name) ? value[Number(name)] : undefined;
  }
  if (!isMap(value)) return undefined;
  return value.get(name) ?? (/^-?\d{1,15}$/.test(name) ? value.get(Number(name)) : undefined);
}

/** As in Handlebars: false, nothing, zero, the empty text and the empty list are not shown. */
function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (value === 0 || (value instanceof Float && value.value === 0)) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(isMap(value) && value.size === 0);
}

function textFor(value: Value): string {
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

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
