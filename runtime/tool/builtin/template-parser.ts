/** Templates as trees. */
import { SpellError } from '../../base/errors.js';

export type TemplateNode =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'value';
      readonly words: readonly string[];
      readonly raw: boolean;
      readonly line: number;
    }
  | Section;

export interface Section {
  readonly type: 'section';
  /** `if`, `unless`, `each`, `with`; `show` and `hide` for the sections of Mustache. */
  readonly kind: string;
  readonly words: readonly string[];
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
  readonly line: number;
}

/** What a tag begins with that is alone on its line: it takes the line with it. */
const BLOCK_TAG = /^\{\{\s*(?:[#^/!]|else\b)/;
const LINE_END = /[ \t]*(?:\r?\n|$)/y;
const MAX_DEPTH = 100;
const BLOCKS = ['if', 'unless', 'each', 'with'];

interface Open {
  readonly kind: string;
  readonly name: string;
  readonly words: readonly string[];
  readonly line: number;
  readonly body: TemplateNode[];
  otherwise?: TemplateNode[];
  /** How many `else if` end with it. */
  readonly chained: boolean;
}

/** @throws SpellError `TOOL_FAILED` with the line of what can't be understood. */
export function parseTemplate(source: string): readonly TemplateNode[] {
  return new TemplateParser(source).parse();
}

interface Tag {
  readonly whole: string;
  readonly inner: string;
  /** It has three braces. */
  readonly isRaw: boolean;
  readonly start: number;
  readonly end: number;
}

/** In time that grows with the text only: no end of a tag is looked for where there is none. */
function* tagsOf(source: string): Generator<Tag> {
  const last = (close: string) => source.lastIndexOf(close);
  const lasts = { '}}}': last('}}}'), '--}}': last('--}}'), '}}': last('}}') };
  for (let at = source.indexOf('{{'); at !== -1; ) {
    const has = (open: string, close: keyof typeof lasts) =>
      source.startsWith(open, at) && lasts[close] >= at + open.length;
    const isRaw = has('{{{', '}}}');
    const isRemark = !isRaw && has('{{!--', '--}}');
    if (!isRaw && lasts['}}'] < at + 2) return;
    const close = isRaw ? '}}}' : isRemark ? '--}}' : '}}';
    const begin = at + (isRaw ? 3 : isRemark ? 5 : 2);
    const stop = source.indexOf(close, begin);
    const end = stop + close.length;
    const inner = isRemark ? '!' : source.slice(begin, stop);
    yield { whole: source.slice(at, end), inner, isRaw, start: at, end };
    at = source.indexOf('{{', end);
  }
}

class TemplateParser {
  readonly #root: TemplateNode[] = [];
  readonly #open: Open[] = [];
  #line = 1;

  constructor(private readonly source: string) {}

  parse(): readonly TemplateNode[] {
    let end = 0;
    for (const tag of tagsOf(this.source)) {
      const text = this.source.slice(end, tag.start);
      const own = BLOCK_TAG.test(tag.whole) ? this.#ownLine(text, end, tag.end) : undefined;
      this.#addText(own?.text ?? text);
      this.#line += linesIn(text);
      this.#addTag(tag);
      end = own?.end ?? tag.end;
      this.#line += linesIn(this.source.slice(tag.start, end));
    }
    this.#addText(this.source.slice(end));
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) {
      throw templateError(`{{#${unclosed.name}}} is never closed`, unclosed.line);
    }
    return this.#root;
  }

  /** Where a tag is alone on its line: the text in front of that line, and where the next one begins. */
  #ownLine(
    text: string,
    start: number,
    stop: number,
  ): { readonly text: string; readonly end: number } | undefined {
    const lineEnd = text.lastIndexOf('\n') + 1;
    const beginsLine = lineEnd > 0 || start === 0 || this.source[start - 1] === '\n';
    if (!beginsLine || text.slice(lineEnd).trim() !== '') return undefined;
    LINE_END.lastIndex = stop;
    const rest = LINE_END.exec(this.source);
    return rest === null ? undefined : { text: text.slice(0, lineEnd), end: stop + rest[0].length };
  }

  #addText(text: string): void {
    if (text !== '') this.#target().push({ type: 'text', text });
  }

  #target(): TemplateNode[] {
    const open = this.#open.at(-1);
    return open === undefined ? this.#root : (open.otherwise ?? open.body);
  }

  #addTag({ whole, inner: tag, isRaw }: Tag): void {
    const [, mark = '', inner = ''] = /^([#^/&>!]|else\b)?\s*([\s\S]*)$/.exec(tag.trim()) ?? [];
    if (isRaw || mark === '' || mark === '&') {
      this.#addValue(isRaw ? tag : inner, isRaw || mark === '&');
    } else if (mark === '#') this.#openSection(inner);
    else if (mark === '/') this.#close(inner);
    else if (mark === '>') {
      throw templateError(`there are no partials, so ${whole} shows nothing`, this.#line);
    } else if (mark !== '!') this.#turn(mark, inner);
  }

  /** `{{^}}` and `{{else}}` begin the other part of a block, `{{^name}}` a block of its own. */
  #turn(mark: string, inner: string): void {
    const line = this.#line;
    if (inner === '') this.#switch(line);
    else if (mark === 'else') this.#elseIf(inner, line);
    else this.#push({ kind: 'hide', name: inner, words: wordsOf(inner, line), line });
  }

  #addValue(text: string, raw: boolean): void {
    const words = wordsOf(text, this.#line);
    if (words.length === 0) throw templateError('a tag is empty', this.#line);
    this.#target().push({ type: 'value', words, raw, line: this.#line });
  }

  #openSection(inner: string): void {
    const line = this.#line;
    const words = wordsOf(inner, line);
    const [name = '', ...rest] = words;
    const isBlock = BLOCKS.includes(name) && rest.length > 0;
    if (isBlock && rest.length > 1) throw templateError(`{{#${inner}}} takes one value`, line);
    if (!isBlock && words.length !== 1)
      throw templateError(`there is no block {{#${inner}}}`, line);
    this.#push(
      isBlock ? { kind: name, name, words: rest, line } : { kind: 'show', name, words, line },
    );
  }

  #push(section: Omit<Open, 'body' | 'chained'>, chained = false): void {
    if (this.#open.length >= MAX_DEPTH) {
      throw templateError(`more than ${MAX_DEPTH} levels`, section.line);
    }
    this.#open.push({ ...section, body: [], chained });
  }

  #switch(line: number): void {
    const open = this.#open.at(-1);
    if (open === undefined || open.otherwise !== undefined) {
      throw templateError('{{else}} belongs to no block', line);
    }
    open.otherwise = [];
  }

  #elseIf(inner: string, line: number): void {
    const [kind = '', ...words] = wordsOf(inner, line);
    if (!BLOCKS.includes(kind) || words.length !== 1) {
      throw templateError(`{{else ${inner}}} is none of else, else if`, line);
    }
    this.#switch(line);
    this.#push({ kind, name: kind, words, line }, true);
  }

  #close(name: string): void {
    const line = this.#line;
    for (;;) {
      const open = this.#open.pop();
      if (open === undefined) throw templateError(`{{/${name}}} closes nothing`, line);
      const { kind, words, body, otherwise = [], line: from } = open;
      this.#target().push({ type: 'section', kind, words, body, otherwise, line: from });
      if (open.chained) continue;
      if (open.name === name) return;
      throw templateError(`{{/${name}}} closes {{#${open.name}}} of line ${from}`, line);
    }
  }
}

/** `join list ", "` has three words; texts keep their quotation marks. */
function wordsOf(text: string, line: number): string[] {
  const words: string[] = [];
  const word = /\s*("[^"]*"|'[^']*'|[^\s"']+)/y;
  const end = text.trimEnd().length;
  while (word.lastIndex < end) {
    const found = word.exec(text);
    if (found === null) {
      throw templateError(`a quotation mark is never closed in {{${text}}}`, line);
    }
    words.push(found[1] as string);
  }
  return words;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

export function templateError(problem: string, line: number): SpellError {
  return new SpellError('TOOL_FAILED', `line ${line} of the template: ${problem}`, {
    line,
    details: { line },
  });
}
