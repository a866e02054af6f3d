/** The parameters of a model call, by the names that scripts, sessions and files give them. */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import {
  Float,
  isMap,
  type PlainValue,
  toPlain,
  type Value,
  type ValueMap,
} from '../base/value.js';
import type { ToolChoice } from '../provider/provider.js';

export const OVERFLOW_POLICIES = ['error', 'truncate', 'compact'] as const;

/** What becomes of a conversation that outgrows the model's window. */
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

export interface Parameters {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  readonly fallback?: readonly string[] | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly onOverflow?: OverflowPolicy | undefined;
  /** Fields for the provider itself. */
  readonly extra?: Readonly<Record<string, PlainValue>> | undefined;
}

/** The names of all parameters but those that only the provider knows. */
export const PARAMETER_NAMES = [
  'temperature',
  'max_tokens',
  'stop',
  'tool_choice',
  'fallback',
  'timeout',
  'max_retries',
  'on_overflow',
] as const;

/**
 * @param given Names that are not among {@link PARAMETER_NAMES} are meant for the provider.
 * @throws SpellError `BAD_ARGUMENT` naming the field.
 */
export function readParameters(given: ValueMap): Parameters {
  const extra: [string, PlainValue][] = [];
  for (const [name, value] of given) {
    if (!isParameter(String(name))) extra.push([String(name), toPlain(value)]);
  }
  const field = (name: (typeof PARAMETER_NAMES)[number]) => given.get(name) ?? undefined;
  const timeout = numberOf('timeout', field('timeout'), 0);
  return defined({
    temperature: numberOf('temperature', field('temperature'), 0),
    maxTokens: countOf('max_tokens', field('max_tokens'), 1),
    stop: textsOf('stop', field('stop')),
    toolChoice: choiceOf(field('tool_choice')),
    fallback: textsOf('fallback', field('fallback')),
    timeoutMs: timeout === undefined ? undefined : Math.ceil(timeout * 1000),
    maxRetries: countOf('max_retries', field('max_retries'), 0),
    onOverflow: policyOf(field('on_overflow')),
    extra: extra.length === 0 ? undefined : Object.fromEntries(extra),
  });
}

/** Both laid over each other; the second one wins. */
export function mergeParameters(under: Parameters, over: Parameters): Parameters {
  const extra = { ...under.extra, ...over.extra };
  const isEmpty = Object.keys(extra).length === 0;
  return { ...under, ...defined({ ...over }), extra: isEmpty ? undefined : extra };
}

function isParameter(name: string): boolean {
  return (PARAMETER_NAMES as readonly string[]).includes(name);
}

function defined(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).filter(([, value]) => value !== undefined),
  ) as Parameters;
}

function numberOf(name: string, value: Value, least: number): number | undefined {
  if (value === undefined) return undefined;
  const number = value instanceof Float ? value.value : value;
  if (typeof number === 'number' && number >= least && Number.isFinite(number)) return number;
  throw bad(name, `a number from ${least} expected`);
}

function countOf(name: string, value: Value, least: number): number | undefined {
  const number = numberOf(name, value, least);
  if (number === undefined || Number.isInteger(number)) return number;
  throw bad(name, `a whole number from ${least} expected`);
}

function textsOf(name: string, value: Value): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return [value];
  if (isMap(value) && value.size === 0) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw bad(name, 'a text or a list of texts expected');
}

const CHOICES = ['auto', 'required', 'none'] as const;

/** `"auto"`, `"required"`, `"none"`, `"any"` for required, a tool's name in a table. */
function choiceOf(value: Value): ToolChoice | undefined {
  if (value === undefined) return undefined;
  if (value === 'any') return 'required';
  const word = CHOICES.find((choice) => choice === value);
  if (word !== undefined) return word;
  const name = isMap(value) ? value.get('name') : undefined;
  if (typeof name === 'string') return { name };
  throw bad('tool_choice', `one of ${CHOICES.join(', ')} or { name = "..." } expected`);
}

function policyOf(value: Value): OverflowPolicy | undefined {
  if (value === undefined) return undefined;
  const policy = OVERFLOW_POLICIES.find((known) => known === value);
  if (policy !== undefined) return policy;
  const near = typeof value === 'string' ? didYouMean(value, OVERFLOW_POLICIES) : undefined;
  throw bad('on_overflow', `one of ${OVERFLOW_POLICIES.join(', ')} expected`, near);
}

function bad(name: string, problem: string, hint?: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `field '${name}': ${problem}`, { key: name, hint });
}
