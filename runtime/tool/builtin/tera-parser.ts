/** Templates of Tera as trees. */
import { templateError } from './template-parser.js';
import { parseExpression, type TeraExpression } from './tera-expression.js';

export type TeraNode =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'value';
      readonly value: TeraExpression;
      /** Its last filter is `safe`: it is not escaped. */
      readonly isSafe: boolean;
      readonly source: string;
      readonly line: number;
    }
  | {
      readonly type: 'set';
      readonly name: string;
      readonly value: TeraExpression;
      readonly isGlobal: boolean;
    }
  | { readonly type: 'break' }
  | { readonly type: 'continue' }
  | TeraIf
  | TeraFor;

export interface TeraIf {
  readonly type: 'if';
  readonly condition: TeraExpression;
  readonly body: TeraNode[];
  readonly otherwise: TeraNode[];
}

export interface TeraFor {
  readonly type: 'for';
  /** The name of the key, where there is one. */
  readonly key: string | undefined;
  readonly name: string;
  readonly list: TeraExpression;
  readonly body: TeraNode[];
  readonly otherwise: TeraNode[];
}

interface Open {
  readonly node: TeraIf | TeraFor;
  readonly line: number;
  hasElse: boolean;
  /** An `elif`, which ends with the `if` that it belongs to. */
  readonly isChained: boolean;
}

const CLOSE = { '{{': '}}', '{%': '%}', '{#': '#}' } as const;
const MAX_DEPTH = 100;
const END_RAW = /\{%-?\s*endraw\s*-?%\}/g;

/** @throws SpellError `TOOL_FAILED` with the line of what can't be understood. */
export function parseTera(source: string): readonly TeraNode[] {
  return new TeraParser(source).parse();
}

/** Whether a template is one of Tera rather than of Handlebars, where nobody says. */
export function looksLikeTera(source: string): boolean {
  return /\{%-?\s*[a-z]|\{\{-?\s*[\w.]+\s*\|/.test(source);
}

class TeraParser {
  readonly #root: TeraNode[] = [];
  readonly #open: Open[] = [];
  #line = 1;

  constructor(private readonly source: string) {}

  parse(): readonly TeraNode[] {
    const { source } = this;
    let at = 0;
    let trims = false;
    for (;;) {
      const start = this.#nextTag(at);
      const text = source.slice(at, start ?? source.length);
      const open =
        start === undefined ? '' : (source.slice(start, start + 2) as keyof typeof CLOSE);
      const isTrimmed = start !== undefined && source[start + 2] === '-';
      this.#addText(text, trims, isTrimmed);
      this.#line += linesIn(text);
      if (start === undefined || open === '') break;
      const stop = source.indexOf(CLOSE[open], start + 2);
      if (stop === -1) throw templateError(`${open} is never closed`, this.#line);
      trims = source[stop - 1] === '-' && stop - 1 > start + 2;
      const inner = source.slice(start + (isTrimmed ? 3 : 2), trims ? stop - 1 : stop);
      at = stop + 2;
      if (open === '{%' && inner.trim() === 'raw') at = this.#raw(at);
      else if (open === '{%') this.#tag(inner.trim());
      else if (open === '{{') this.#value(inner.trim());
      this.#line += linesIn(source.slice(start, at));
    }
    const unclosed = this.#open.at(-1);
    if (unclosed === undefined) return this.#root;
    throw templateError(`{% ${unclosed.node.type} %} is never closed`, unclosed.line);
  }

  #nextTag(from: number): number | undefined {
    for (
      let at = this.source.indexOf('{', from);
      at !== -1;
      at = this.source.indexOf('{', at + 1)
    ) {
      if (Object.hasOwn(CLOSE, this.source.slice(at, at + 2))) return at;
    }
    return undefined;
  }

  #addText(text: string, trimsStart: boolean, trimsEnd: boolean): void {
    const start = trimsStart ? text.trimStart() : text;
    const kept = trimsEnd ? start.trimEnd() : start;
    if (kept !== '') this.#target().push({ type: 'text', text: kept });
  }

  #target(): TeraNode[] {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#root;
    return open.hasElse ? open.node.otherwise : open.node.body;
  }

  #raw(at: number): number {
    END_RAW.lastIndex = at;
    const end = END_RAW.exec(this.source);
    if (end === null) throw templateError('{% raw %} is never closed', this.#line);
    this.#addText(this.source.slice(at, end.index), false, false);
    return END_RAW.lastIndex;
  }

  #value(source: string): void {
    const line = this.#line;
    const [, bare = ''] = /^([\s\S]*?)\|\s*safe$/.exec(source) ?? [];
    const isSafe = bare !== '';
    const value = parseExpression(isSafe ? bare : source, line);
    this.#target().push({ type: 'value', value, isSafe, source, line });
  }

  #tag(source: string): void {
    const [, word = '', rest = ''] = /^(\w*)\s*([\s\S]*)$/.exec(source) ?? [];
    const line = this.#line;
    if (word === 'if') this.#push(ifNode(rest, line));
    else if (word === 'for') this.#push(forNode(rest, line));
    else if (word === 'elif' || word === 'else') this.#switch(word);
    else if (word === 'endif' || word === 'endfor') this.#close(word === 'endif' ? 'if' : 'for');
    else if (word === 'set' || word === 'set_global') this.#set(rest, word === 'set_global');
    else if (word === 'break' || word === 'continue') this.#jump(word);
    else throw templateError(`there is no tag {% ${source.slice(0, 40)} %}`, line);
    if (word === 'elif') this.#push(ifNode(rest, line), true);
  }

  #jump(type: 'break' | 'continue'): void {
    const isInLoop = this.#open.some(({ node }) => node.type === 'for');
    if (!isInLoop) throw templateError(`{% ${type} %} belongs to no for`, this.#line);
    this.#target().push({ type });
  }

  #push(node: TeraIf | TeraFor, isChained = false): void {
    if (this.#open.length >= MAX_DEPTH) {
      throw templateError(`more than ${MAX_DEPTH} levels`, this.#line);
    }
    this.#target().push(node);
    this.#open.push({ node, line: this.#line, hasElse: false, isChained });
  }

  #switch(word: string): void {
    const open = this.#open.at(-1);
    const isFit =
      open !== undefined && !open.hasElse && (word === 'else' || open.node.type === 'if');
    if (!isFit) throw templateError(`{% ${word} %} belongs to no block`, this.#line);
    open.hasElse = true;
  }

  #close(type: 'if' | 'for'): void {
    for (;;) {
      const open = this.#open.pop();
      if (open === undefined) throw templateError(`{% end${type} %} closes nothing`, this.#line);
      if (open.node.type !== type) {
        const other = `{% ${open.node.type} %} of line ${open.line}`;
        throw templateError(`{% end${type} %} closes ${other}`, this.#line);
      }
      if (!open.isChained) return;
    }
  }

  #set(rest: string, isGlobal: boolean): void {
    const [, name, source = ''] = /^([A-Za-z_]\w*)\s*=([\s\S]*)$/.exec(rest) ?? [];
    if (name === undefined) throw templateError('set needs a name and a value', this.#line);
    const value = parseExpression(source, this.#line);
    this.#target().push({ type: 'set', name, value, isGlobal });
  }
}

function ifNode(source: string, line: number): TeraIf {
  const condition = parseExpression(source, line);
  return { type: 'if', condition, body: [], otherwise: [] };
}

function forNode(source: string, line: number): TeraFor {
  const found = /^([A-Za-z_]\w*)(?:\s*,\s*([A-Za-z_]\w*))?\s+in\b([\s\S]*)$/.exec(source);
  if (found === null) throw templateError('for is written {% for item in list %}', line);
  const [, first = '', second, list = ''] = found;
  return {
    type: 'for',
    key: second === undefined ? undefined : first,
    name: second ?? first,
    list: parseExpression(list, line),
    body: [],
    otherwise: [],
  };
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
