/** IP addresses as numbers: which ranges they are in, and which of them lead into networks of one's own. */
import { isIP } from 'node:net';

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** AddressRange is all addresses that begin with the same bits. */
export interface AddressRange {
  readonly first: IpAddress;
  /** How many bits they share. */
  readonly bits: number;
}

/** What an address is for; `public` ones are reached over the internet. */
export type AddressKind =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'reserved';

const BITS = { 4: 32, 6: 128 } as const;

/**
 * An address from its usual text; `undefined` for what is none. IPv4 within IPv6 (`::ffff:10.0.0.1`) is the IPv4
 * address: a connection to it goes there.
 */
export function parseAddress(text: string): IpAddress | undefined {
  const [plain = ''] = text.split('%');
  const family = isIP(plain);
  if (family === 4) return { family: 4, value: valueOf4(plain) };
  if (family !== 6) return undefined;
  const value = valueOf6(plain);
  if (value >> 32n === 0xffffn) return { family: 4, value: value & 0xffffffffn };
  return { family: 6, value };
}

function valueOf4(text: string): bigint {
  return text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function valueOf6(text: string): bigint {
  const dotted = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const hex = dotted === undefined ? text : text.slice(0, -dotted.length) + groupsOf4(dotted);
  const [left = [], right = []] = hex
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce(
    (value, group) => value * 65536n + BigInt(`0x${group}`),
    0n,
  );
}

function groupsOf4(text: string): string {
  const value = valueOf4(text);
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** `10.0.0.0/8`, or an address alone; `undefined` for what is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const [start = '', length, more] = text.split('/');
  const first = parseAddress(start);
  if (first === undefined || more !== undefined) return undefined;
  const all = BITS[first.family];
  if (length === undefined) return { first, bits: all };
  if (!/^\d{1,3}$/.test(length)) return undefined;
  // The range of an IPv4 address within IPv6 is given in bits of the whole.
  const bits = Number(length) - (first.family === 4 && start.includes(':') ? 96 : 0);
  return bits >= 0 && bits <= all ? { first, bits } : undefined;
}

export function isInRange(address: IpAddress, { first, bits }: AddressRange): boolean {
  if (address.family !== first.family) return false;
  const rest = BigInt(BITS[first.family] - bits);
  return address.value >> rest === first.value >> rest;
}

/** By RFC 6890 and its successors, and where clouds keep what machines may know of themselves. The first one counts. */
const SPECIAL: readonly (readonly [AddressKind, string])[] = [
  ['metadata', '169.254.169.254'],
  ['metadata', '169.254.170.2'],
  ['metadata', '100.100.100.200'],
  ['metadata', '168.63.129.16'],
  ['metadata', 'fd00:ec2::254'],
  ['reserved', '0.0.0.0/8'],
  ['private', '10.0.0.0/8'],
  ['private', '100.64.0.0/10'],
  ['loopback', '127.0.0.0/8'],
  ['link-local', '169.254.0.0/16'],
  ['private', '172.16.0.0/12'],
  ['reserved', '192.0.0.0/24'],
  ['reserved', '192.0.2.0/24'],
  ['reserved', '192.88.99.0/24'],
  ['private', '192.168.0.0/16'],
  ['private', '198.18.0.0/15'],
  ['reserved', '198.51.100.0/24'],
  ['reserved', '203.0.113.0/24'],
  ['multicast', '224.0.0.0/4'],
  ['reserved', '240.0.0.0/4'],
  ['loopback', '::1'],
  ['private', 'fc00::/7'],
  ['link-local', 'fe80::/10'],
  ['multicast', 'ff00::/8'],
  ['reserved', '2001::/23'],
  ['reserved', '2001:db8::/32'],
  ['reserved', '3fff::/20'],
];

/** Ranges of IPv6 whose addresses carry one of IPv4, with the bits behind it. */
const CARRIERS: readonly (readonly [string, bigint])[] = [
  ['64:ff9b::/96', 0n],
  ['2002::/16', 80n],
];

/** All that is handed out for use on the internet. */
const GLOBAL = '2000::/3';

export function kindOf(address: IpAddress): AddressKind {
  const is = (range: string) => isInRange(address, parseRange(range) as AddressRange);
  const special = SPECIAL.find(([, range]) => is(range));
  if (special !== undefined) return special[0];
  if (address.family === 4) return 'public';
  const carrier = CARRIERS.find(([range]) => is(range));
  if (carrier !== undefined) {
    return kindOf({ family: 4, value: (address.value >> carrier[1]) & 0xffffffffn });
  }
  return is(GLOBAL) ? 'public' : 'reserved';
}
