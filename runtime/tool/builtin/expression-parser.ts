/** Expressions: numbers, texts, names, operators and calls of functions. There are no loops and no assignments. */
import { SpellError } from '../../base/errors.js';
import { syntaxError, type Token, tokensOf } from './expression-tokens.js';

export type Expression =
  | { readonly type: 'literal'; readonly value: number | string | boolean }
  | { readonly type: 'name'; readonly name: string; readonly position: number }
  | {
      readonly type: 'unary';
      readonly operator: string;
      readonly operand: Expression;
      readonly position: number;
    }
  | {
      readonly type: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly position: number;
    }
  | {
      readonly type: 'choice';
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | {
      readonly type: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly position: number;
    };

export const MAX_EXPRESSION = 10_000;
/** Deeper and longer ones could end the stack. */
const MAX_DEPTH = 200;
const MAX_CHAIN = 1000;

/** Operators that stand for others. */
const SYNONYMS: Readonly<Record<string, string>> = {
  '**': '^',
  '=': '==',
  '<>': '!=',
  '&&': 'and',
  '||': 'or',
};

/** How strongly operators between two operands bind. */
const STRENGTH: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '^': 8,
};
const UNARY_STRENGTH = 7;

/** @throws SpellError `TOOL_FAILED` with the position of what can't be understood. */
export function parseExpression(source: string): Expression {
  if (source.length > MAX_EXPRESSION) {
    throw new SpellError('TOO_LARGE', `the expression has more than ${MAX_EXPRESSION} characters`);
  }
  return new Parser(tokensOf(source)).whole();
}

class Parser {
  #next = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.#choice();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw syntaxError(`unexpected ${rest.text}`, rest.position);
    return expression;
  }

  #peek(): Token {
    return this.tokens[this.#next] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }

  #takes(operator: string): boolean {
    const token = this.#peek();
    const fits = token.kind === 'operator' && token.text === operator;
    if (fits) this.#next += 1;
    return fits;
  }

  #require(operator: string): void {
    const { text, position } = this.#peek();
    if (!this.#takes(operator)) {
      throw syntaxError(`"${operator}" expected, got ${text}`, position);
    }
  }

  #choice(): Expression {
    const condition = this.#binary(0);
    if (!this.#takes('?')) return condition;
    const yes = this.#deeper(() => this.#choice());
    this.#require(':');
    return { type: 'choice', condition, yes, no: this.#deeper(() => this.#choice()) };
  }

  /** What is between operators that bind more strongly than `least`. */
  #binary(least: number): Expression {
    let left = this.#unary();
    for (let length = 0; ; length += 1) {
      const operator = operatorOf(this.#peek());
      const strength = STRENGTH[operator] ?? 0;
      if (strength <= least) return left;
      const { position } = this.#take();
      if (length >= MAX_CHAIN) throw syntaxError(`more than ${MAX_CHAIN} operators`, position);
      // `2^3^2` is `2^(3^2)`; everything else goes from left to right.
      const right = this.#deeper(() => this.#binary(operator === '^' ? strength - 1 : strength));
      left = { type: 'binary', operator, left, right, position };
    }
  }

  #unary(): Expression {
    const token = this.#peek();
    const isNot = isWord(token, 'not') || (token.kind === 'operator' && token.text === '!');
    const isSign = token.kind === 'operator' && (token.text === '-' || token.text === '+');
    if (!isNot && !isSign) return this.#operand();
    this.#take();
    const operand = this.#deeper(() => this.#binary(isNot ? 2 : UNARY_STRENGTH));
    const operator = isNot ? 'not' : token.text;
    return { type: 'unary', operator, operand, position: token.position };
  }

  #operand(): Expression {
    const token = this.#take();
    const { kind, text, position } = token;
    if (kind === 'number' || kind === 'text') {
      return { type: 'literal', value: token.value ?? '' };
    }
    if (kind === 'operator' && text === '(') {
      const inner = this.#deeper(() => this.#choice());
      this.#require(')');
      return inner;
    }
    if (kind !== 'name') throw syntaxError(`a value expected, got ${text}`, position);
    if (isWord(token, 'true') || isWord(token, 'false')) {
      return { type: 'literal', value: text.toLowerCase() === 'true' };
    }
    if (token.quoted === true || !this.#takes('(')) return { type: 'name', name: text, position };
    return { type: 'call', name: text, args: this.#arguments(), position };
  }

  #arguments(): Expression[] {
    const args: Expression[] = [];
    if (this.#takes(')')) return args;
    do args.push(this.#deeper(() => this.#choice()));
    while (this.#takes(','));
    this.#require(')');
    return args;
  }

  #deeper<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw syntaxError(`more than ${MAX_DEPTH} levels`, this.#peek().position);
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}

function isWord({ kind, text, quoted }: Token, word: string): boolean {
  return kind === 'name' && quoted !== true && text.toLowerCase() === word;
}

function operatorOf(token: Token): string {
  if (isWord(token, 'and') || isWord(token, 'or')) return token.text.toLowerCase();
  return token.kind === 'operator' ? (SYNONYMS[token.text] ?? token.text) : '';
}
