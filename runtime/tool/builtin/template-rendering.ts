/** Fills templates of Handlebars and Mustache. */
import { stringifyJson } from '../../base/json.js';
import { isMap, keyText, type Value, type ValueMap } from '../../base/value.js';
import { type Section, type TemplateNode, templateError } from './template-parser.js';
import {
  escapeHtml,
  FilledText,
  field,
  isTrue,
  joined,
  lengthOf,
  sizeOf,
  textFor,
} from './template-values.js';

export interface FillOptions {
  readonly escapes: boolean;
  /** A value that is missing is an error. */
  readonly strict: boolean;
}

/** @throws SpellError `TOOL_FAILED`, `TOO_LARGE` */
export function fillTemplate(
  nodes: readonly TemplateNode[],
  context: ValueMap,
  { escapes, strict }: FillOptions,
): string {
  return new Rendering(escapes, strict).of(nodes, { value: context, data: {} });
}

/** Scope is what `this` is at a place, and what is around it. */
interface Scope {
  readonly value: Value;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly data: Readonly<Record<string, Value>>;
  readonly outer?: Scope;
}

class Rendering {
  readonly #text = new FilledText();

  constructor(
    private readonly escapes: boolean,
    private readonly strict: boolean,
  ) {}

  of(nodes: readonly TemplateNode[], scope: Scope): string {
    this.#render(nodes, scope);
    return this.#text.toString();
  }

  #render(nodes: readonly TemplateNode[], scope: Scope): void {
    for (const node of nodes) {
      this.#text.count(1);
      if (node.type === 'text') this.#text.write(node.text);
      else if (node.type === 'section') this.#section(node, scope);
      else {
        const text = textFor(this.#value(node.words, scope, node.line));
        this.#text.write(this.escapes && !node.raw ? escapeHtml(text) : text);
      }
    }
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
    this.#text.count(entries.length);
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
    for (const value of values) this.#text.count(sizeOf(value));
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
