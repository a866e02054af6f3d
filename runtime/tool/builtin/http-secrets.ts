/** Handles of secrets in what is sent: their values take their places when a request is made, and not before. */
import { type Secret, secretOf } from '../../base/secret.js';
import { isMap, type Value } from '../../base/value.js';
import { urlArgument } from '../network/http-client.js';
import type { ToolContext } from '../tool.js';
import { badArgument } from './input.js';

/** A text, or a handle of `Secret.get`. */
export type TextOrSecret = string | { readonly secret: string };

/** Data with the values of its handles. */
export interface Revealed {
  readonly value: Value;
  readonly hasSecret: boolean;
}

/**
 * Data may have a field `secret` of its own: what names no secret that is open stays as it is.
 *
 * @throws SpellError `SECRET_NOT_FOUND`
 */
export function revealed(value: Value, context: ToolContext): Revealed {
  const open = new Set(context.machine.variables.secretNames());
  let hasSecret = false;
  const reveal = (part: Value): Value => {
    if (Array.isArray(part)) return part.map(reveal);
    if (!isMap(part)) return part;
    const handle = secretOf(part);
    if (handle !== undefined && open.has(handle.secret)) {
      hasSecret = true;
      return context.secret(handle);
    }
    return new Map([...part].map(([key, item]) => [key, reveal(item)]));
  };
  const made = reveal(value);
  return { value: made, hasSecret };
}

/** The text that is meant. @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND`, `BAD_ARGUMENT` */
export function textOfSecret(value: unknown, { secret }: ToolContext): string {
  return typeof value === 'object' && value !== null ? secret(value) : String(value);
}

export type UrlParams = Readonly<Record<string, string | number | { readonly secret: string }>>;

export interface SecretUrl {
  readonly url: URL;
  /** What must not be seen of it. */
  readonly hidden: readonly string[];
}

/** Parts of a secret URL that are no part of its secret are shorter. */
const MIN_STEP = 8;

/**
 * A URL that is text with `{name}` in it, or a handle as a whole.
 *
 * @throws SpellError `TOOL_ARGUMENTS`, `POLICY_DENIED`, `SECRET_NOT_FOUND`
 */
export function urlWithSecrets(
  pointer: string,
  given: TextOrSecret,
  params: UrlParams = {},
  context: ToolContext,
): SecretUrl {
  const handle: Secret | undefined = secretOf(given);
  const text = Object.entries(params).reduce(
    (url, [name, value]) => withParam(url, name, value, context),
    textOfSecret(given, context),
  );
  const url = urlArgument(pointer, text);
  if (handle === undefined) return { url, hidden: [] };
  const path = url.pathname.slice(1);
  const parts = [
    `${path}${url.search}`,
    path,
    ...url.pathname.split('/'),
    ...url.searchParams.values(),
  ];
  return { url, hidden: parts.filter((part) => part.length >= MIN_STEP) };
}

/** A value is one step of a path or one value of a query, whatever is in it. */
function withParam(
  url: string,
  name: string,
  value: UrlParams[string],
  context: ToolContext,
): string {
  const pointer = `/url_params/${name}`;
  const place = `{${name}}`;
  const [origin = ''] = /^[^/]*\/\/[^/?#]*/.exec(url) ?? [];
  if (origin.includes(place)) throw badArgument(pointer, 'must stand behind the host of the URL');
  if (!url.includes(place)) throw badArgument(pointer, `is not in the URL: ${place} is missing`);
  const text = textOfSecret(value, context);
  if (/^\.{0,2}$/.test(text)) throw badArgument(pointer, 'is no step of a path');
  return url.replaceAll(place, () => encodeURIComponent(text));
}
