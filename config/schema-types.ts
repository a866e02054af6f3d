/**
 * The kinds of values that keys of the configuration have. The message of each check completes the sentence "the key
 * must be ...".
 */
import * as z from 'zod';
import { parseHostRule } from '../runtime/base/host-rule.js';
import { isConfigPath } from './paths.js';
import { parseSize } from './quantity.js';
import { maskText } from './secret.js';

export function table<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, 'a table').optional();
}

export function flag(description: string) {
  return z.boolean('true or false').optional().describe(description);
}

/** A switch for something that is promised for a later version: turning it on must not be without effect in silence. */
export function count(description: string) {
  return wholeNumber(1, description);
}

export function countAllowingZero(description: string) {
  return wholeNumber(0, description);
}

function wholeNumber(min: number, description: string) {
  const message = `a whole number of at least ${min}`;
  return z.int(message).min(min, message).optional().describe(description);
}

export function number(min: number, description: string) {
  const message = `a number of at least ${min}`;
  return z.number(message).min(min, message).optional().describe(description);
}

export function positive(description: string) {
  const message = 'a number above 0';
  return z.number(message).positive(message).optional().describe(description);
}

/** Bytes as a number, or as text with a unit. */
export function size(min: number, description: string) {
  const message = `a size of at least ${sizeText(min)}, as a number of bytes or like "256mb"`;
  return z
    .union([z.int(), z.string()], message)
    .transform((value, context) => {
      const bytes = typeof value === 'string' ? parseSize(value) : value;
      if (bytes !== undefined && bytes >= min) return bytes;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional()
    .describe(description);
}

function sizeText(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return Number.isInteger(mib) && mib > 0 ? `${mib} MiB` : `${bytes} bytes`;
}

/** @param message What the error names, where not all values should be advertised. */
export function oneOf<const Values extends readonly string[]>(
  values: Values,
  description: string,
  message: string = listText(values),
) {
  return z.enum(values, message).optional().describe(description);
}

function listText(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`);
  const last = quoted.pop();
  return quoted.length === 0 ? String(last) : `${quoted.join(', ')} or ${last}`;
}

export function text(description: string) {
  return z
    .string('text in quotes')
    .min(1, 'text that is not empty')
    .optional()
    .describe(description);
}

/** The address of a page of the web, without a password in it. */
export function webAddress(description: string) {
  const message = 'a URL of http or https, without a user or a password';
  return z.string(message).refine(isWebAddress, message).optional().describe(description);
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}` === '';
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const NAME_MESSAGE = 'a name of letters, digits and _';

export function name(description: string) {
  return z.string(NAME_MESSAGE).regex(NAME, NAME_MESSAGE).optional().describe(description);
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const VARIABLE_MESSAGE =
  'must be a name of letters, digits and _: that of a variable of the environment, never the key itself';

/** What looks like the key itself is refused, and not shown. */
function variableItem() {
  return z
    .string('the name of a variable')
    .refine((value) => VARIABLE.test(value) && maskText(value) === value, {
      error: VARIABLE_MESSAGE,
      params: { refused: true },
    });
}

export function variable(description: string) {
  return variableItem().optional().describe(description);
}

export function variables(description: string) {
  return listOf(variableItem(), description);
}

/** Texts by name; a handle stands for the value of a variable. */
export function secretTexts(description: string) {
  const handle = z.strictObject({ secret: variableItem() }, 'text, or { secret = "NAME" }');
  const item = z.union([z.string(), handle], 'text, or { secret = "NAME" }');
  return z.record(z.string(), item, 'a table of texts').optional().describe(description);
}

export function names(description: string) {
  return listOf(z.string(NAME_MESSAGE).regex(NAME, NAME_MESSAGE), description);
}

export function texts(description: string) {
  return listOf(z.string('text in quotes').min(1, 'text that is not empty'), description);
}

/** Entries of `network_hosts`. */
export function hosts(description: string) {
  const message = 'a host, *.example.org, an address or a range, each with or without a port';
  const item = z.string(message).refine((text) => parseHostRule(text) !== undefined, message);
  return listOf(item, description);
}

/** Lines of words; see `runtime/tool/command-policy.ts` for what they mean. */
export function commands(description: string) {
  const message = 'a program with its arguments; every quote needs its end';
  const item = z.string(message).refine(isCommandLine, message);
  return listOf(item, description);
}

function isCommandLine(text: string): boolean {
  return /^\s*(?:(?:[^\s"']|"[^"]*"|'[^']*')+(?:\s+|$))+$/.test(text);
}

/** Globs in which `*` stands for any characters. */
export const globs = texts;

const PATH_MESSAGE = 'a path, which may start with @tmp, @cwd, @home or ~';

function pathItem() {
  return z
    .string(PATH_MESSAGE)
    .refine((value) => isConfigPath(value) && !value.includes('\0'), PATH_MESSAGE);
}

export function path(description: string) {
  return pathItem().optional().describe(description);
}

export function roots(description: string) {
  return listOf(pathItem(), description);
}

function listOf<Item extends z.ZodType>(item: Item, description: string) {
  return z.array(item, 'a list in [ ]').optional().describe(description);
}

/** A key of older files that is accepted whatever it holds. */
export function anything() {
  return z.unknown().optional();
}

/** A key that is refused whatever it holds; its value is never shown. */
export function refused(reason: string) {
  return z.custom<never>(() => false, { error: reason, params: { refused: true } }).optional();
}
