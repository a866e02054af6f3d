/** What the UUID generator does: RFC 9562. */
import { createHash } from 'node:crypto';
import { uuidSource } from '../../base/ids.js';
import { createSystemRandom } from '../../base/random.js';
import type { HostObject } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { badArgument, bytesOf, optionalText, textOf } from './input.js';

type Now = Pick<ToolContext, 'now'>;

const OPERATIONS = { generate, component_id: componentId, deterministic, validate };

export function uuidOperation(args: ToolArguments, context: Now): HostObject {
  const operation = (args.get('operation') ?? 'generate') as keyof typeof OPERATIONS;
  return OPERATIONS[operation](args, context);
}

function generate(args: ToolArguments, context: Now): HostObject {
  const version = String(args.get('version') ?? 'v4').endsWith('7') ? 'v7' : 'v4';
  const uuid = version === 'v7' ? timeUuid(context) : randomUuid();
  return { uuid: written(uuid, args), version, format: formatOf(args) };
}

function componentId(args: ToolArguments): HostObject {
  const prefix = optionalText(args.get('prefix')) ?? 'component';
  const short = args.get('short') === true;
  const uuid = randomUuid();
  return { id: `${prefix}_${short ? uuid.slice(0, 8) : uuid}`, prefix, short };
}

function deterministic(args: ToolArguments): HostObject {
  const namespace = optionalText(args.get('namespace')) ?? 'dns';
  const bytes = createHash('sha1')
    .update(namespaceBytes(namespace))
    .update(bytesOf(args, 'name'))
    .digest()
    .subarray(0, 16);
  const id = written(uuidText(bytes, 5), args);
  return { id, uuid: id, version: 'v5', namespace, format: formatOf(args) };
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

/** The namespaces of RFC 9562 differ in one digit. */
const NAMESPACE_DIGITS = { dns: '0', url: '1', oid: '2', x500: '4' } as const;

function namespaceBytes(namespace: string): Buffer {
  const digit = NAMESPACE_DIGITS[namespace as keyof typeof NAMESPACE_DIGITS];
  const uuid =
    digit === undefined ? plainUuid(namespace) : `6ba7b81${digit}-9dad-11d1-80b4-00c04fd430c8`;
  if (uuid !== undefined) return Buffer.from(uuid.replaceAll('-', ''), 'hex');
  const known = Object.keys(NAMESPACE_DIGITS).join(', ');
  throw badArgument('/namespace', `must be ${known} or a UUID`);
}

function randomUuid(): string {
  return uuidText(Buffer.from(createSystemRandom().bytes(16)), 4);
}

function timeUuid({ now }: Now): string {
  const clock = { now, monotonic: now, cpuSeconds: () => 0 };
  return uuidSource(clock, createSystemRandom()).next();
}

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
  return optionalText(args.get('format')) ?? 'hyphenated';
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
