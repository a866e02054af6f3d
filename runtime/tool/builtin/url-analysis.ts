/** What the URL analyzer says of a URL. */
import { isIP } from 'node:net';
import { SpellError } from '../../base/errors.js';
import type { HostObject, HostValue } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { badArgument, textOf } from './input.js';

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
};

export function analyzeUrl(args: ToolArguments): HostObject {
  const url = parsed(textOf(args, 'input').trim(), baseOf(args));
  const scheme = url.protocol.replace(/:$/, '');
  const hostname = url.hostname;
  const address = hostname.replace(/^\[|\]$/g, '');
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const name = segments.at(-1) ?? '';
  const params = [...url.searchParams];
  return {
    url: withoutPassword(url),
    scheme,
    username: url.username === '' ? null : decoded(url.username),
    has_password: url.password !== '',
    host: url.host,
    hostname,
    port: url.port === '' ? (DEFAULT_PORTS[scheme] ?? null) : Number(url.port),
    origin: url.origin === 'null' ? null : url.origin,
    path: url.pathname,
    segments: segments.map(decoded),
    extension: /[^.]\.([A-Za-z0-9]{1,16})$/.exec(name)?.[1]?.toLowerCase() ?? null,
    query: queryOf(params),
    params: params.map(([key, value]) => ({ name: key, value })),
    fragment: url.hash === '' ? null : decoded(url.hash.slice(1)),
    is_ip: isIP(address) !== 0,
    top_level_domain:
      isIP(address) !== 0 || !hostname.includes('.') ? null : hostname.split('.').at(-1) || null,
  };
}

function parsed(input: string, base: string | undefined): URL {
  try {
    return new URL(input, base);
  } catch (cause) {
    const isRelative = base === undefined && !/^[a-z][a-z0-9+.-]*:/i.test(input);
    const reason = isRelative ? 'it has no scheme such as https:' : 'its parts fit no URL';
    throw new SpellError('TOOL_FAILED', `the input is no URL: ${reason}`, {
      hint: isRelative ? 'Give a base for a relative URL.' : undefined,
      cause,
    });
  }
}

function baseOf(args: ToolArguments): string | undefined {
  if (!args.has('base')) return undefined;
  const base = textOf(args, 'base').trim();
  if (URL.canParse(base)) return base;
  throw badArgument('/base', 'must be a whole URL');
}

/** A name that comes several times has a list of values. */
function queryOf(params: readonly [string, string][]): HostObject {
  const query = new Map<string, HostValue>();
  for (const [name, value] of params) {
    const before = query.get(name);
    if (before === undefined) query.set(name, value);
    else query.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(query);
}

function withoutPassword(url: URL): string {
  if (url.password === '') return url.href;
  const copy = new URL(url);
  copy.password = '***';
  return copy.href;
}

/** Escapes that are no UTF-8 stay as they are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
