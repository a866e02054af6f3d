/** Expressions of Tera: read once, evaluated wherever they stand. */
import type { Value } from '../../base/value.js';
import { templateError } from './template-parser.js';
import { field, isTrue, requireShort, sizeOf, textFor } from './template-values.js';
import { callFunction, FILTERS, TESTS, type TeraArguments } from './tera-filters.js';
import { areEqual, isIn, isLess, numberOf } from './tera-values.js';

export interface TeraScope {
  /** The value of a name; `undefined` where there is none. */
  get(name: string): Value;
  /** Told how much there is to go through. @throws SpellError `TOO_LARGE` */
  count(steps: number): void;
}

export type TeraExpression = (scope: TeraScope) => Value;

type Operation = (left: Value, right: Value) => Value;

interface Token {
  readonly type: 'text' | 'number' | 'name' | 'sign';
  readonly text: string;
}

const TOKEN =
  /\s*(?:("[^"]*"|'[^']*'|`[^`]*`)|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|([=!<>]=|[-+*/%~|.,()[\]<>=]))/y;
const TYPES = ['text', 'number', 'name', 'sign'] as const;
const MAX_DEPTH = 100;

/** Operators by how tightly they bind, the loosest first; each level is read from left to right. */
const COMPARISONS: Readonly<Record<string, Operation>> = {
  '==': areEqual,
  '!=': (left, right) => !areEqual(left, right),
  '<': isLess,
  '<=': (left, right) => !isLess(right, left),
  '>': (left, right) => isLess(right, left),
  '>=': (left, right) => !isLess(left, right),
  in: isIn,
};
const SUMS: Readonly<Record<string, Operation>> = {
  '+': (left, right) => numberOf(left) + numberOf(right),
  '-': (left, right) => numberOf(left) - numberOf(right),
};
const PRODUCTS: Readonly<Record<string, Operation>> = {
  '*': (left, right) => numberOf(left) * numberOf(right),
  '/': (left, right) => numberOf(left) / numberOf(right),
  '%': (left, right) => numberOf(left) % numberOf(right),
};

/** @throws SpellError `TOOL_FAILED` with the line of what can't be understood. */
export function parseExpression(source: string, line: number): TeraExpression {
  const reader = new ExpressionReader(tokensOf(source, line), source, line);
  return reader.whole();
}

function tokensOf(source: string, line: number): Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const start = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (found === null) {
      const rest = source.slice(start, start + 20).trim();
      throw templateError(`${JSON.stringify(rest)} can't be understood`, line);
    }
    const index = found.slice(1).findIndex((part) => part !== undefined);
    tokens.push({ type: TYPES[index] as Token['type'], text: found[index + 1] as string });
  }
  return tokens;
}

class ExpressionReader {
  #next = 0;
  #depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly source: string,
    private readonly line: number,
  ) {}

  whole(): TeraExpression {
    const expression = this.#or();
    if (this.#next < this.tokens.length) throw this.#unexpected();
    return expression;
  }

  #or(): TeraExpression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw templateError(`more than ${MAX_DEPTH} levels`, this.line);
    let left = this.#and();
    while (this.#takes('or')) {
      const [first, second] = [left, this.#and()];
      left = (scope) => isTrue(first(scope)) || isTrue(second(scope));
    }
    this.#depth -= 1;
    return left;
  }

  #and(): TeraExpression {
    let left = this.#not();
    while (this.#takes('and')) {
      const [first, second] = [left, this.#not()];
      left = (scope) => isTrue(first(scope)) && isTrue(second(scope));
    }
    return left;
  }

  #not(): TeraExpression {
    let negations = 0;
    while (this.#takes('not')) negations += 1;
    const expression = this.#comparison();
    if (negations === 0) return expression;
    return (scope) => isTrue(expression(scope)) === (negations % 2 === 0);
  }

  #comparison(): TeraExpression {
    let left = this.#joined();
    for (;;) {
      const isNot = this.#sees('not') && this.tokens[this.#next + 1]?.text === 'in';
      if (isNot) this.#next += 1;
      const operation = this.#operation(COMPARISONS);
      if (operation === undefined) {
        if (!this.#takes('is')) return left;
        left = this.#test(left);
        continue;
      }
      const [first, second] = [left, this.#joined()];
      left = (scope) => {
        const [a, b] = [first(scope), second(scope)];
        scope.count(sizeOf(a) + sizeOf(b));
        return (operation(a, b) === true) !== isNot;
      };
    }
  }

  #test(left: TeraExpression): TeraExpression {
    const isNot = this.#takes('not');
    const name = this.#name('the name of a test');
    const args = this.#sees('(') ? this.#arguments() : undefined;
    const test = TESTS.get(name);
    if (test === undefined) throw this.#unknown('test', name, TESTS.keys());
    return (scope) => test(left(scope), valuesOf(args, scope)) !== isNot;
  }

  #joined(): TeraExpression {
    let left = this.#sum();
    while (this.#takes('~')) {
      const [first, second] = [left, this.#sum()];
      left = (scope) => {
        const text = textFor(first(scope)) + textFor(second(scope));
        requireShort(text.length);
        return text;
      };
    }
    return left;
  }

  #sum(): TeraExpression {
    return this.#chain(SUMS, () => this.#chain(PRODUCTS, () => this.#filtered()));
  }

  #chain(operations: Readonly<Record<string, Operation>>, part: () => TeraExpression) {
    let left = part();
    for (;;) {
      const operation = this.#operation(operations);
      if (operation === undefined) return left;
      const [first, second] = [left, part()];
      left = (scope) => operation(first(scope), second(scope));
    }
  }

  #filtered(): TeraExpression {
    let value = this.#operand();
    while (this.#takes('|')) {
      const name = this.#name('the name of a filter');
      const filter = FILTERS.get(name);
      if (filter === undefined) throw this.#unknown('filter', name, FILTERS.keys());
      const args = this.#sees('(') ? this.#arguments() : undefined;
      const given = value;
      value = (scope) => {
        const input = given(scope);
        scope.count(sizeOf(input));
        return filter(input, valuesOf(args, scope));
      };
    }
    return value;
  }

  #operand(): TeraExpression {
    if (this.#takes('-')) {
      const operand = this.#operand();
      return (scope) => -numberOf(operand(scope));
    }
    const token = this.tokens[this.#next];
    if (token === undefined) throw this.#unexpected();
    this.#next += 1;
    if (token.type === 'text') return constant(token.text.slice(1, -1));
    if (token.type === 'number') return constant(Number(token.text));
    if (token.text === '(') {
      const inner = this.#or();
      this.#expect(')');
      return this.#path(inner);
    }
    if (token.text === '[') return this.#path(this.#list());
    this.#next -= 1;
    const name = this.#name('a value');
    if (name === 'true' || name === 'false') return constant(name === 'true');
    if (this.#sees('(')) {
      const args = this.#arguments();
      return (scope) => {
        const value = callFunction(name, valuesOf(args, scope), this.line);
        scope.count(sizeOf(value));
        return value;
      };
    }
    return this.#path((scope) => scope.get(name));
  }

  #list(): TeraExpression {
    const items: TeraExpression[] = [];
    while (!this.#takes(']')) {
      if (items.length > 0) this.#expect(',');
      items.push(this.#or());
    }
    return (scope) => items.map((item) => item(scope));
  }

  /** `.name`, `.0`, `["name"]`, `[0]` behind a value. */
  #path(start: TeraExpression): TeraExpression {
    let value = start;
    for (;;) {
      const owner = value;
      if (this.#takes('.')) {
        const token = this.tokens[this.#next];
        if (token?.type !== 'name' && !/^\d+$/.test(token?.text ?? '')) throw this.#unexpected();
        this.#next += 1;
        value = (scope) => field(owner(scope), (token as Token).text);
      } else if (this.#takes('[')) {
        const key = this.#or();
        this.#expect(']');
        value = (scope) => field(owner(scope), textFor(key(scope)));
      } else return value;
    }
  }

  #arguments(): ReadonlyMap<string, TeraExpression> {
    const args = new Map<string, TeraExpression>();
    this.#expect('(');
    while (!this.#takes(')')) {
      if (args.size > 0) this.#expect(',');
      const isNamed = this.tokens[this.#next + 1]?.text === '=';
      const name = isNamed ? this.#name('the name of an argument') : String(args.size);
      if (isNamed) this.#expect('=');
      args.set(name, this.#or());
    }
    return args;
  }

  #operation(operations: Readonly<Record<string, Operation>>): Operation | undefined {
    const token = this.tokens[this.#next];
    if (token === undefined || token.type === 'text' || !Object.hasOwn(operations, token.text)) {
      return undefined;
    }
    this.#next += 1;
    return operations[token.text];
  }

  #sees(text: string): boolean {
    const token = this.tokens[this.#next];
    return token !== undefined && token.type !== 'text' && token.text === text;
  }

  #takes(text: string): boolean {
    const isThere = this.#sees(text);
    if (isThere) this.#next += 1;
    return isThere;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw this.#unexpected(`"${text}"`);
  }

  #name(what: string): string {
    const token = this.tokens[this.#next];
    if (token?.type !== 'name') throw this.#unexpected(what);
    this.#next += 1;
    return token.text;
  }

  #unexpected(wanted?: string) {
    const found = this.tokens[this.#next]?.text;
    const place = found === undefined ? 'it ends' : `there is ${found}`;
    const problem =
      wanted === undefined ? `${place} too early` : `${place} where ${wanted} belongs`;
    return templateError(`"${this.source.trim()}" can't be understood: ${problem}`, this.line);
  }

  #unknown(kind: string, name: string, known: Iterable<string>) {
    const names = [...known].join(', ');
    return templateError(`there is no ${kind} "${name}"; there are ${names}`, this.line);
  }
}

function constant(value: Value): TeraExpression {
  return () => value;
}

function valuesOf(
  args: ReadonlyMap<string, TeraExpression> = new Map(),
  scope: TeraScope,
): TeraArguments {
  return new Map([...args].map(([name, expression]) => [name, expression(scope)]));
}
