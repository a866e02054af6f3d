/** What the UUID generator does: RFC 9562. */
import { createHash } from 'node:crypto';
import { uuidSource } from '../../base/ids.js';
import { createSystemRandom } from '../../base/random.js';
import type { HostObject } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { badArgument, bytesOf, optionalText, textOf } from './input.js';

type Now = Pick<ToolContext, 'now'>;

const OPERATIONS = { generate, component_id: componentId, custom, deterministic, validate };

export function uuidOperation(args: ToolArguments, context: Now): HostObject {
  const operation = (args.get('operation') ?? 'generate') as keyof typeof OPERATIONS;
  return OPERATIONS[operation](args, context);
}

function generate(args: ToolArguments, context: Now): HostObject {
  const version = Number(String(args.get('version') ?? 4).replace('v', ''));
  const uuid = MAKERS[version as keyof typeof MAKERS](args, context);
  return { uuid: written(uuid, args), version: `v${version}`, format: formatOf(args) };
}

function componentId(args: ToolArguments): HostObject {
  const prefix = optionalText(args.get('prefix')) ?? 'component';
  const short = args.get('short') === true;
  const uuid = randomUuid();
  return { id: `${prefix}_${short ? uuid.slice(0, 8) : uuid}`, prefix, short };
}

/** The parts that are wanted, with `_` between them. */
function custom(args: ToolArguments, { now }: Now): HostObject {
  const [timestamp, short] = [args.get('timestamp') === true, args.get('short') === true];
  const uuid = randomUuid();
  const parts = [
    optionalText(args.get('prefix')),
    timestamp ? String(Math.floor(now() / 1000)) : undefined,
    short ? uuid.slice(0, 8) : uuid,
    optionalText(args.get('suffix')),
  ];
  return { id: parts.filter((part) => part !== undefined).join('_'), timestamp, short };
}

function deterministic(args: ToolArguments): HostObject {
  const id = written(namedUuid(args, 5), args);
  return { id, uuid: id, version: 'v5', namespace: namespaceOf(args), format: formatOf(args) };
}

function namedUuid(args: ToolArguments, version: 3 | 5): string {
  const bytes = createHash(version === 3 ? 'md5' : 'sha1')
    .update(namespaceBytes(namespaceOf(args)))
    .update(bytesOf(args, 'name'))
    .digest()
    .subarray(0, 16);
  return uuidText(bytes, version);
}

function namespaceOf(args: ToolArguments): string {
  return optionalText(args.get('namespace')) ?? 'dns';
}

function validate(args: ToolArguments): HostObject {
  const uuid = plainUuid(textOf(args, 'uuid').trim());
  if (uuid === undefined) return { valid: false };
  const version = Number.parseInt(uuid.charAt(14), 16);
  return {
    valid: true,
    uuid,
    version: isNil(uuid) ? 'nil' : `v${version}`,
    variant: variantOf(Number.parseInt(uuid.charAt(19), 16)),
    ...(version === 7
      ? { timestamp_ms: Number.parseInt(uuid.replace('-', '').slice(0, 12), 16) }
      : {}),
  };
}

function isNil(uuid: string): boolean {
  return /^[0-]+$/.test(uuid);
}

function variantOf(digit: number): string {
  if (digit < 8) return 'NCS';
  if (digit < 12) return 'RFC9562';
  return digit < 14 ? 'Microsoft' : 'Future';
}

/** Those of RFC 9562, and those that rs-llmspell gives to ids of its own. */
const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['dns', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['url', '6ba7b811-9dad-11d1-80b4-00c04fd430c8'],
  ['oid', '6ba7b812-9dad-11d1-80b4-00c04fd430c8'],
  ['x500', '6ba7b814-9dad-11d1-80b4-00c04fd430c8'],
  ['agent', '6ba13d5a-3f5d-4a5b-9f7e-3d5a2f4d3a2b'],
  ['tool', '7cb24e6b-4f6e-5b6c-af8f-4e6b3f5e4b3c'],
  ['workflow', '8dc35f7c-5f7f-6c7d-bf9f-5f7c4f6f5c4d'],
]);

function namespaceBytes(namespace: string): Buffer {
  const uuid = NAMESPACES.get(namespace) ?? plainUuid(namespace);
  if (uuid !== undefined) return Buffer.from(uuid.replaceAll('-', ''), 'hex');
  const known = [...NAMESPACES.keys()].join(', ');
  throw badArgument('/namespace', `must be ${known} or a UUID`);
}

function randomUuid(): string {
  return uuidText(Buffer.from(createSystemRandom().bytes(16)), 4);
}

function timeUuid({ now }: Now): string {
  const clock = { now, monotonic: now, cpuSeconds: () => 0 };
  return uuidSource(clock, createSystemRandom()).next();
}

/** Ticks of 100 nanoseconds from the beginning of the Gregorian calendar to 1970. */
const GREGORIAN = 122_192_928_000_000_000n;

/** The time, with random figures in the place of what tells this machine and its last id. */
function gregorianUuid({ now }: Now): string {
  const bytes = Buffer.from(createSystemRandom().bytes(16));
  const fraction = BigInt(bytes.readUInt32BE(0) % 10_000);
  const ticks = GREGORIAN + BigInt(Math.floor(now())) * 10_000n + fraction;
  bytes.writeUInt32BE(Number(ticks & 0xffffffffn), 0);
  bytes.writeUInt16BE(Number((ticks >> 32n) & 0xffffn), 4);
  bytes.writeUInt16BE(Number((ticks >> 48n) & 0xfffn), 6);
  // No network card has this bit in its address.
  bytes.writeUInt8(bytes.readUInt8(10) | 1, 10);
  return uuidText(bytes, 1);
}

/** By their versions. */
const MAKERS = {
  1: (_: ToolArguments, context: Now) => gregorianUuid(context),
  3: (args: ToolArguments) => namedUuid(args, 3),
  4: randomUuid,
  5: (args: ToolArguments) => namedUuid(args, 5),
  7: (_: ToolArguments, context: Now) => timeUuid(context),
} as const;

function uuidText(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return withHyphens(bytes.toString('hex'));
}

function withHyphens(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The UUID in small letters with hyphens, in whichever form it is written. */
function plainUuid(text: string): string | undefined {
  const inner = /^\{(.*)\}$/.exec(text)?.[1] ?? text.replace(/^urn:uuid:/i, '');
  const hex = /^[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}$/i.test(inner)
    ? inner.replaceAll('-', '').toLowerCase()
    : undefined;
  return hex === undefined ? undefined : withHyphens(hex);
}

function formatOf(args: ToolArguments): string {
  const format = optionalText(args.get('format')) ?? 'hyphenated';
  return format === 'standard' ? 'hyphenated' : format;
}

function written(uuid: string, args: ToolArguments): string {
  switch (formatOf(args)) {
    case 'simple':
      return uuid.replaceAll('-', '');
    case 'urn':
      return `urn:uuid:${uuid}`;
    case 'braced':
      return `{${uuid}}`;
    default:
      return uuid;
  }
}
