/** HostRule is one entry of `network_hosts`: what it opens, on one port or on all of them. */
import { type AddressRange, type IpAddress, isInRange, parseRange } from './ip-address.js';

export interface HostRule {
  readonly target: HostTarget;
  /** All ports when absent. */
  readonly port: number | undefined;
}

export type HostTarget =
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly name: string }
  /** Every name below this one. */
  | { readonly kind: 'below'; readonly name: string }
  | { readonly kind: 'range'; readonly range: AddressRange };

/**
 * Reads `*`, `api.example.com`, `*.example.org`, `10.0.0.7`, `10.0.0.0/8` or `[fd00::/8]`, each with or without a port
 * (`:8080`); `undefined` for anything else.
 */
export function parseHostRule(text: string): HostRule | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  // IPv6 without brackets has no place for a port.
  const [host, port] =
    parts === null ? [text, undefined] : [parts[1] ?? (parts[2] as string), parts[3]];
  const target = parseTarget(host, parts?.[1] !== undefined);
  const number = port === undefined ? undefined : Number(port);
  if (target === undefined || number === 0 || (number ?? 0) > 65535) return undefined;
  return { target, port: number };
}

function parseTarget(host: string, inBrackets: boolean): HostTarget | undefined {
  if (host === '*') return { kind: 'any' };
  const range = parseRange(host);
  if (range !== undefined) return { kind: 'range', range };
  if (inBrackets || host.includes(':')) return undefined;
  const isBelow = host.startsWith('*.');
  const name = hostName(isBelow ? host.slice(2) : host);
  if (name === undefined) return undefined;
  const own = parseRange(name);
  if (own === undefined) return { kind: isBelow ? 'below' : 'name', name };
  return isBelow ? undefined : { kind: 'range', range: own };
}

/** A name as URLs have it: in lower case, in ASCII, without the dot at the end; `undefined` for what is none. */
function hostName(text: string): string | undefined {
  if (/[/?#@\\*\s%]/.test(text) || !URL.canParse(`http://${text}`)) return undefined;
  return bareHost(new URL(`http://${text}`));
}

/** The host of a URL without brackets, and without a dot at its end. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

export function namesHost({ target, port }: HostRule, name: string, onPort: number): boolean {
  if (port !== undefined && port !== onPort) return false;
  if (target.kind === 'any') return true;
  if (target.kind === 'name') return target.name === name;
  return target.kind === 'below' && name.endsWith(`.${target.name}`);
}

export function namesAddress(
  { target, port }: HostRule,
  address: IpAddress,
  onPort: number,
): boolean {
  if (port !== undefined && port !== onPort) return false;
  return target.kind === 'range' && isInRange(address, target.range);
}
