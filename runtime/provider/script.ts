/**
 * Script is what a scripted provider answers: rules in order, the first one that fits a request answers it. It is read
 * from plain data, which is a TOML or JSON file in most cases:
 *
 * ```toml
 * [[rule]]
 * contains = "weather"                       # in the last message of the user; case makes no difference
 * tool_calls = [{ name = "weather", arguments = { city = "Bern" } }]
 *
 * [[rule]]
 * after_tool = "weather"
 * text = "The weather service says: {{tool_result}}"
 *
 * [[rule]]                                   # fits everything
 * text = "You said: {{input}}"
 * ```
 */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import type { PlainValue } from '../base/value.js';

export interface Script {
  readonly rules: readonly Rule[];
}

/** Rule is an answer and what a request must be like to get it. */
export interface Rule extends Condition, Answer {
  /** The most requests that it answers, as long as the provider lives; no limit when absent. */
  readonly times?: number;
}

export interface Condition {
  /** All of them are in the last message of the user; case makes no difference. */
  readonly contains?: readonly string[];
  /** Fits the last message of the user; its groups are `{{1}}`, `{{2}}` in the answer. */
  readonly matches?: RegExp;
  /** In a system message; case makes no difference. */
  readonly system?: string;
  /** The model has answered so many times before, plus one. */
  readonly turn?: number;
  /** The last message is the result of this tool; true stands for any tool. */
  readonly afterTool?: string | boolean;
  /** In the result of a tool that the last message is. */
  readonly resultContains?: string;
  /** The request offers this tool. */
  readonly hasTool?: string;
  /** The model that is asked. */
  readonly model?: string;
}

export interface Answer {
  /** `{{input}}`: the user's last text, `{{tool_result}}`: the last result, `{{turn}}`, `{{model}}`, groups. */
  readonly text?: string;
  readonly reasoning?: string;
  readonly toolCalls: readonly ScriptedCall[];
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  readonly finishReason?: 'stop' | 'length' | 'tool_calls' | 'refusal' | 'other';
  readonly error?: ScriptedError;
  /** Milliseconds before the answer. */
  readonly delayMs: number;
  /** Milliseconds before each further piece of a streamed answer. */
  readonly chunkDelayMs: number;
  /** The connection breaks after so many pieces. */
  readonly disconnectAfter?: number;
}

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: PlainValue;
  readonly id?: string;
  /** Is sent in place of the arguments, as it is. */
  readonly raw?: string;
}

/** ScriptedError is an answer of a server that has a problem; without a status nothing is there. */
export interface ScriptedError {
  readonly status?: number;
  readonly message: string;
  readonly code: string;
  readonly retryAfterMs?: number;
}

/** ScriptPlace tells where the data is from, for messages. */
export interface ScriptPlace {
  readonly file?: string;
  locate?(path: readonly (string | number)[]): { line: number; column: number } | undefined;
}

/** @throws SpellError `CONFIG` about the first mistake. */
export function readScript(data: unknown, place: ScriptPlace = {}): Script {
  const root = new Fields(data, [], place);
  root.only(['rule']);
  const rules = root.list('rule').map((item, index) => readRule(item, ['rule', index], place));
  if (rules.length === 0) throw root.fault('has no [[rule]]');
  return { rules };
}

const RULE_KEYS = [
  'contains',
  'matches',
  'system',
  'turn',
  'after_tool',
  'result_contains',
  'has_tool',
  'model',
  'times',
  'text',
  'reasoning',
  'tool_calls',
  'usage',
  'finish_reason',
  'error',
  'delay_ms',
  'chunk_delay_ms',
  'disconnect_after',
];

const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'refusal', 'other'] as const;

type Path = readonly (string | number)[];

function readRule(data: unknown, path: Path, place: ScriptPlace): Rule {
  const rule = new Fields(data, path, place);
  rule.only(RULE_KEYS);
  const toolCalls = rule
    .list('tool_calls')
    .map((item, index) => readCall(item, [...path, 'tool_calls', index], place));
  const usage = rule.table('usage');
  const error = rule.table('error');
  return defined({
    contains: rule.texts('contains'),
    matches: rule.pattern('matches'),
    system: rule.text('system'),
    turn: rule.count('turn'),
    afterTool: rule.textOrTrue('after_tool'),
    resultContains: rule.text('result_contains'),
    hasTool: rule.text('has_tool'),
    model: rule.text('model'),
    times: rule.count('times'),
    text: rule.text('text'),
    reasoning: rule.text('reasoning'),
    toolCalls,
    usage: usage === undefined ? undefined : readUsage(usage),
    finishReason: rule.oneOf('finish_reason', FINISH_REASONS),
    error: error === undefined ? undefined : readError(error),
    delayMs: rule.count('delay_ms') ?? 0,
    chunkDelayMs: rule.count('chunk_delay_ms') ?? 0,
    disconnectAfter: rule.count('disconnect_after'),
  });
}

function readCall(data: unknown, path: Path, place: ScriptPlace): ScriptedCall {
  const call = new Fields(data, path, place);
  call.only(['name', 'arguments', 'id', 'raw']);
  const name = call.text('name');
  if (name === undefined) throw call.fault('has no name');
  return defined({
    name,
    arguments: (call.raw('arguments') ?? {}) as PlainValue,
    id: call.text('id'),
    raw: call.text('raw'),
  });
}

function readUsage(usage: Fields): NonNullable<Answer['usage']> {
  usage.only(['input_tokens', 'output_tokens']);
  return {
    inputTokens: usage.count('input_tokens') ?? 0,
    outputTokens: usage.count('output_tokens') ?? 0,
  };
}

function readError(error: Fields): ScriptedError {
  error.only(['status', 'message', 'code', 'retry_after_ms']);
  return defined({
    status: error.count('status'),
    message: error.text('message') ?? 'an error of the script',
    code: error.text('code') ?? '',
    retryAfterMs: error.count('retry_after_ms'),
  });
}

/** Without the fields that are `undefined`. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** Fields reads one table of a script; a field of the wrong kind is named in the error. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(
    data: unknown,
    private readonly path: Path,
    private readonly place: ScriptPlace,
  ) {
    if (!isTable(data)) throw this.fault('must be a table');
    this.#fields = data;
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
  }

  only(known: readonly string[]): void {
    const unknown = Object.keys(this.#fields).find((key) => !known.includes(key));
    if (unknown === undefined) return;
    const hint = didYouMean(unknown, known) ?? `Known here: ${known.join(', ')}.`;
    throw this.fault(`has the unknown key ${unknown}`, unknown, hint);
  }

  text(key: string): string | undefined {
    return this.#read(key, 'text', (value) => typeof value === 'string');
  }

  count(key: string): number | undefined {
    return this.#read(
      key,
      'a whole number of at least 0',
      (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    );
  }

  textOrTrue(key: string): string | boolean | undefined {
    return this.#read(
      key,
      'the name of a tool, or true',
      (value) => typeof value === 'string' || typeof value === 'boolean',
    );
  }

  oneOf<const T extends readonly string[]>(key: string, values: T): T[number] | undefined {
    return this.#read(key, `one of ${values.join(', ')}`, (value) =>
      values.includes(value as string),
    );
  }

  /** A list of texts; one text stands for a list of one. */
  texts(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (typeof value === 'string') return [value];
    return this.#read(
      key,
      'text or a list of texts',
      (list) => Array.isArray(list) && list.every((item) => typeof item === 'string'),
    );
  }

  pattern(key: string): RegExp | undefined {
    const source = this.text(key);
    if (source === undefined) return undefined;
    try {
      return new RegExp(source, 'isu');
    } catch (error) {
      throw this.fault(`${key} is no regular expression: ${(error as Error).message}`, key);
    }
  }

  list(key: string): readonly unknown[] {
    return this.#read<readonly unknown[]>(key, 'a list of tables', Array.isArray) ?? [];
  }

  table(key: string): Fields | undefined {
    const value = this.raw(key);
    return value === undefined ? undefined : new Fields(value, [...this.path, key], this.place);
  }

  fault(text: string, key?: string, hint?: string): SpellError {
    const path = key === undefined ? this.path : [...this.path, key];
    return new SpellError('CONFIG', `the script of answers: ${this.#name()} ${text}`, {
      file: this.place.file,
      ...this.place.locate?.(path),
      hint,
    });
  }

  #read<T>(key: string, expected: string, fits: (value: unknown) => boolean): T | undefined {
    const value = this.raw(key);
    if (value === undefined || fits(value)) return value as T | undefined;
    throw this.fault(`${key} must be ${expected}`, key);
  }

  #name(): string {
    if (this.path.length === 0) return 'it';
    return this.path.map((step) => (typeof step === 'number' ? String(step + 1) : step)).join(' ');
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
