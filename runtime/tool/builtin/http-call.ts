/** What calls of tools that speak HTTP are made of: headers with secrets in them, queries, bodies, and answers. */
import { isUtf8 } from 'node:buffer';
import { SpellError } from '../../base/errors.js';
import { parseJson, stringifyJson } from '../../base/json.js';
import { secretOf } from '../../base/secret.js';
import type { Value } from '../../base/value.js';
import type { HttpResponse } from '../network/http-client.js';
import type { ToolContext } from '../tool.js';
import { revealed, type TextOrSecret, textOfSecret } from './http-secrets.js';
import { badArgument, stringValue } from './input.js';

export type HeaderValue = TextOrSecret | number;

export type Auth =
  | { readonly type: 'bearer'; readonly token: { readonly secret: string } }
  | {
      readonly type: 'basic';
      readonly username: string;
      readonly password: { readonly secret: string };
    };

export interface CallHeaders {
  readonly headers: Map<string, string>;
  /** Names of those with a secret in them. */
  readonly credentials: Set<string>;
  /** What has a secret in it that cannot be seen: servers repeat what they were sent. */
  readonly hidden: readonly string[];
}

/** Headers that say how a request is sent, or to whom: they are ours. */
const OURS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws SpellError `TOOL_ARGUMENTS`, `POLICY_DENIED` and `SECRET_NOT_FOUND` for handles */
export function callHeaders(
  given: Readonly<Record<string, HeaderValue>> = {},
  auth: Auth | undefined,
  { secret }: ToolContext,
): CallHeaders {
  const headers = new Map<string, string>();
  const credentials = new Set<string>();
  for (const [key, value] of Object.entries(given)) {
    const name = key.toLowerCase();
    const pointer = `/headers/${key}`;
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw badArgument(pointer, 'is no name of a header');
    if (OURS.has(name)) throw badArgument(pointer, 'is a header that cannot be set');
    const text = typeof value === 'object' ? secret(value) : String(value);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) {
      throw badArgument(pointer, 'has characters that no header can have');
    }
    if (secretOf(value) !== undefined) credentials.add(name);
    headers.set(name, text);
  }
  if (auth === undefined) return { headers, credentials, hidden: [] };
  const value = authorization(auth, secret);
  headers.set('authorization', value);
  return { headers, credentials, hidden: [value] };
}

function authorization(auth: Auth, secret: ToolContext['secret']): string {
  if (auth.type === 'bearer') return `Bearer ${secret(auth.token)}`;
  const pair = `${auth.username}:${secret(auth.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** An answer without what has a secret in it, its address included. */
export function withoutHidden(response: HttpResponse, hidden: readonly string[]): HttpResponse {
  if (hidden.length === 0) return response;
  const scrub = (text: string) => hidden.reduce((left, part) => left.replaceAll(part, '***'), text);
  return {
    ...response,
    url: new URL(scrub(response.url.href)),
    headers: new Map([...response.headers].map(([name, value]) => [name, scrub(value)])),
    // Every byte is a character of latin1.
    body: Buffer.from(scrub(response.body.toString('latin1')), 'latin1'),
  };
}

type QueryItem = TextOrSecret | number | boolean;

export type Query = Readonly<Record<string, QueryItem | readonly QueryItem[]>>;

/** Values may be handles. @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND` */
export function addQuery(url: URL, query: Query = {}, context: ToolContext): void {
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value].flat()) {
      url.searchParams.append(name, textOfSecret(item, context));
    }
  }
}

export interface Body {
  readonly bytes: Uint8Array;
  readonly type: string;
  /** It is for the host that it was written for, and for no other. */
  readonly hasSecret: boolean;
}

/** @throws SpellError `VALUE_UNSUPPORTED` for what JSON has no word for, `SECRET_NOT_FOUND` */
export function jsonBody(data: Value, context: ToolContext): Body {
  const { value, hasSecret } = revealed(data, context);
  return { bytes: Buffer.from(stringifyJson(value)), type: 'application/json', hasSecret };
}

/** @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND` */
export function formBody(fields: Query, context: ToolContext): Body {
  const url = new URL('http://form');
  addQuery(url, fields, context);
  const type = 'application/x-www-form-urlencoded';
  const hasSecret = Object.values(fields)
    .flat()
    .some((item) => secretOf(item) !== undefined);
  return { bytes: Buffer.from(url.search.slice(1)), type, hasSecret };
}

/** The text of an answer in the character set that it names; bytes where it is no text. */
export function textOfAnswer({ body, headers }: HttpResponse): string | Uint8Array {
  const charset = /charset="?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1]?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return stringValue(body);
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return stringValue(body);
  }
}

/** What an answer says that calls itself JSON; `undefined` for any other. */
export function jsonOfAnswer({ body, headers }: HttpResponse): Value {
  if (!/\bjson\b/i.test(headers.get('content-type') ?? '') || !isUtf8(body)) return undefined;
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof SpellError) return undefined;
    throw error;
  }
}

/** An answer that is not what was asked for. */
export function statusFailure(what: string, { status, statusText, url }: HttpResponse): SpellError {
  const reason = statusText === '' ? '' : ` ${statusText}`;
  return new SpellError('TOOL_FAILED', `${what}: ${url.origin} answered ${status}${reason}`, {
    details: { status, host: url.host },
  });
}
