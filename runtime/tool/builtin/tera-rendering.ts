/** Fills templates of Tera. */
import { isMap, keyText, type Value, type ValueMap } from '../../base/value.js';
import { templateError } from './template-parser.js';
import { escapeHtml, FilledText, field, isTrue, textFor } from './template-values.js';
import type { TeraScope } from './tera-expression.js';
import type { TeraFor, TeraNode } from './tera-parser.js';

export interface TeraOptions {
  readonly escapes: boolean;
  /** A value that is missing is an error. */
  readonly strict: boolean;
}

/** @throws SpellError `TOOL_FAILED`, `TOO_LARGE` */
export function fillTera(
  nodes: readonly TeraNode[],
  context: ValueMap,
  options: TeraOptions,
): string {
  const rendering = new TeraRendering(context, options);
  rendering.fill(nodes);
  return rendering.toString();
}

/** What ends the turn of a loop. */
type Jump = 'break' | 'continue' | undefined;

class TeraRendering implements TeraScope {
  readonly #text = new FilledText();
  /** Names that the template has given, those of the innermost loop last. */
  readonly #scopes: Map<string, Value>[] = [new Map()];

  constructor(
    private readonly context: ValueMap,
    private readonly options: TeraOptions,
  ) {}

  toString(): string {
    return this.#text.toString();
  }

  get(name: string): Value {
    const scope = this.#scopes.findLast((names) => names.has(name));
    return scope === undefined ? field(this.context, name) : scope.get(name);
  }

  count(steps: number): void {
    this.#text.count(steps);
  }

  fill(nodes: readonly TeraNode[]): Jump {
    for (const node of nodes) {
      this.count(1);
      const jump = this.#fillOne(node);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #fillOne(node: TeraNode): Jump {
    switch (node.type) {
      case 'text':
        this.#text.write(node.text);
        return undefined;
      case 'value':
        this.#fillValue(node);
        return undefined;
      case 'set': {
        const scope = node.isGlobal ? this.#scopes[0] : this.#scopes.at(-1);
        scope?.set(node.name, node.value(this));
        return undefined;
      }
      case 'if':
        return this.fill(isTrue(node.condition(this)) ? node.body : node.otherwise);
      case 'for':
        return this.#fillFor(node);
      default:
        return node.type;
    }
  }

  #fillValue({ value, isSafe, source, line }: Extract<TeraNode, { type: 'value' }>): void {
    const found = value(this);
    if (found === undefined && this.options.strict) {
      throw templateError(`there is no value for {{ ${source} }}`, line);
    }
    const text = textFor(found);
    this.#text.write(this.options.escapes && !isSafe ? escapeHtml(text) : text);
  }

  #fillFor({ key, name, list, body, otherwise }: TeraFor): Jump {
    const entries = entriesOf(list(this));
    this.count(entries.length);
    if (entries.length === 0) return this.fill(otherwise);
    for (const [index, [itemKey, item]] of entries.entries()) {
      const loop = new Map<string, Value>([
        ['index', index + 1],
        ['index0', index],
        ['first', index === 0],
        ['last', index === entries.length - 1],
      ]);
      const names = new Map<string, Value>([
        [name, item],
        ['loop', loop],
      ]);
      if (key !== undefined) names.set(key, itemKey);
      this.#scopes.push(names);
      const jump = this.fill(body);
      this.#scopes.pop();
      if (jump === 'break') break;
    }
    return undefined;
  }
}

function entriesOf(value: Value): [Value, Value][] {
  if (isMap(value)) return [...value].map(([key, item]) => [keyText(key), item]);
  const items = Array.isArray(value) ? value : typeof value === 'string' ? [...value] : [];
  return items.map((item, index) => [index, item]);
}
