/**
 * MessageNode is one message as a node of the graph in which a session keeps its conversations: what was said, what it
 * follows, and, for a prompt that is executed, how that went. This file is the node and its stored form.
 */
import { encodeRecord } from '../base/encoding.js';
import { type HostObject, isMap, toPlain, type Value, type ValueMap } from '../base/value.js';
import type { Part, Role } from '../provider/message.js';
import type { Usage } from '../provider/provider.js';
import { ROLES } from './message-parts.js';
import { RecordReader } from './record-reader.js';

export const NODE_STATUSES = [
  'pending',
  'running',
  'completed',
  'failed',
  'skipped',
  'blocked',
] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

/** NodeUsage is what a model's answer took. */
export interface NodeUsage extends Usage {
  /** `null` when the price is not known. */
  readonly costUsd: number | null;
}

export interface NodeError {
  readonly code: string;
  readonly message: string;
}

/** NodeFields is what a node has besides what was said in it. */
export interface NodeFields {
  /** `msg_1`, `msg_2`, … in the order of their making; never given twice in a session. */
  readonly id: string;
  /** The conversation that it was made in. */
  readonly conversation: string;
  readonly role: Role;
  /** Who speaks, or what a prompt is called. */
  readonly name: string | null;
  /** What it follows. The first one is before it in the linear history, the others were merged in. */
  readonly parents: readonly string[];
  /** Nodes that must be executed before this one. */
  readonly dependencies: readonly string[];
  /** `completed` for everything that was simply said. */
  readonly status: NodeStatus;
  /** What it is executed together with. */
  readonly group: string | null;
  /** What was asked for, as it was given: for a prompt that is executed, or executed again. `undefined` for others. */
  readonly prompt: Value;
  readonly error: NodeError | null;
  /** Times in milliseconds since the epoch; `null` for what was not executed. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** The provider and the model that made it. */
  readonly provider: string | null;
  readonly model: string | null;
  readonly usage: NodeUsage | null;
  readonly metadata: ValueMap;
  /** Its id in the file or session that it was taken from, where that was another one. */
  readonly origin: string | null;
}

export interface MessageNode extends NodeFields {
  readonly parts: readonly Part[];
}

/** MessageRecord is a node as it is stored: what was said may be kept apart. */
export interface MessageRecord extends NodeFields {
  readonly stored: StoredParts;
}

/** StoredParts is what was said, or where it is kept. */
export interface StoredParts {
  /** `null` when they are kept as the content `hash`. */
  readonly parts: readonly Part[] | null;
  readonly hash: string | null;
  /** Bytes of the content. */
  readonly size: number;
  /** The artifacts that the images among the parts show, in their order. */
  readonly artifacts: readonly string[];
}

const MESSAGE_FORMAT = 1;
const MESSAGE_ID = /^msg_([1-9]\d{0,14})$/;

/** The position of a message in its session; `undefined` for what is no id of one. */
export function messageNumber(id: string): number | undefined {
  const digits = MESSAGE_ID.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function messageId(number: number): string {
  return `msg_${number}`;
}

/** Fields with their usual value are left out: most messages are short, and so are their records. */
export function encodeMessage(record: MessageRecord): Uint8Array {
  const { stored, parents, dependencies, status, usage, error, metadata, ...fields } = record;
  const kept = Object.entries(fields).filter(([, value]) => value !== null);
  const { parts, hash, size, artifacts } = stored;
  return encodeRecord({
    v: MESSAGE_FORMAT,
    ...(Object.fromEntries(kept) as HostObject),
    ...(parts === null ? { hash, size } : { parts: parts as unknown as HostObject[] }),
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(parents.length === 0 ? {} : { parents }),
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...(status === 'completed' ? {} : { status }),
    ...(usage === null ? {} : { usage: { ...usage } }),
    ...(error === null ? {} : { error: { ...error } }),
    ...(metadata.size === 0 ? {} : { metadata }),
  });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeMessage(bytes: Uint8Array): MessageRecord {
  const fields = RecordReader.open('message', MESSAGE_FORMAT, bytes);
  const text = (name: string) => fields.optional(name, (it) => fields.textOrNull(it), null);
  const texts = (name: string) => fields.optional(name, (it) => fields.texts(it), []);
  const time = (name: string) => fields.optional(name, (it) => fields.integerOrNull(it), null);
  const map = (name: string) => fields.optional(name, (it) => fields.map(it), undefined);
  return {
    id: fields.text('id'),
    conversation: fields.text('conversation'),
    role: fields.oneOf('role', isRole),
    stored: {
      parts: fields.optional('parts', (it) => partsOf(fields.list(it)), null),
      hash: text('hash'),
      size: fields.optional('size', (it) => fields.integer(it), 0),
      artifacts: texts('artifacts'),
    },
    name: text('name'),
    parents: texts('parents'),
    dependencies: texts('dependencies'),
    status: fields.optional('status', (it) => fields.oneOf(it, isNodeStatus), 'completed'),
    group: text('group'),
    prompt: fields.value('prompt'),
    error: (toPlain(map('error')) as NodeError | undefined) ?? null,
    createdAt: fields.integer('createdAt'),
    startedAt: time('startedAt'),
    completedAt: time('completedAt'),
    provider: text('provider'),
    model: text('model'),
    usage: (toPlain(map('usage')) as NodeUsage | undefined) ?? null,
    metadata: map('metadata') ?? new Map(),
    origin: text('origin'),
  };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

export function isNodeStatus(text: string): text is NodeStatus {
  return (NODE_STATUSES as readonly string[]).includes(text);
}

/** The parts as they were given: records know maps where parts are objects. */
export function partsOf(values: readonly Value[]): readonly Part[] {
  return values.filter(isMap).map((value) => toPlain(value) as unknown as Part);
}
