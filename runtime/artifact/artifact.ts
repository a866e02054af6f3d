/**
 * ArtifactRecord is one thing that was stored in a session: who stored what under which name. The content itself is in
 * the content store, once for all artifacts that share it; the record points to it by hash.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { ValueMap } from '../base/value.js';
import { isTextList, RecordReader } from '../session/record-reader.js';
import { checkMetadata, checkTags } from '../session/session-options.js';
import { guessMimeType } from './mime-type.js';

export interface ArtifactRecord {
  /** A UUIDv7. */
  readonly id: string;
  readonly sessionId: string;
  /** `user_input`, `tool_result`, `agent_output`, `system_generated`, or a name of the user's own. */
  readonly type: string;
  readonly name: string;
  /** BLAKE3-256 of the content in hex. */
  readonly contentHash: string;
  /** Bytes of the content. */
  readonly size: number;
  /** Bytes that the content takes in storage. */
  readonly storedSize: number;
  readonly mimeType: string;
  readonly tags: readonly string[];
  /** The table that was given, every value as it was. */
  readonly metadata: ValueMap;
  /** 1 for the first artifact of this name in its session, 2 for the next; never given twice. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The run that stored it; `null` when the command line or an embedding program did. */
  readonly run: string | null;
  /** Who a program acted for when it stored the artifact; of one that a run stored, the run tells. */
  readonly actor?: string | undefined;
  /** The position of the storing call in the journal of that run. */
  readonly seq: number | null;
  /** What made the content, such as `tool:compression`; `null` when nobody said. */
  readonly producer: string | null;
}

/** The types that every tool knows; any other name is a type of the user's own. */
export const ARTIFACT_TYPES = [
  'user_input',
  'tool_result',
  'agent_output',
  'system_generated',
] as const;

const MAX_NAME_LENGTH = 255;
const TYPE_FORM = /^[A-Za-z0-9_.-]{1,64}$/;

/** Raised with every change of the stored form; older ones stay readable. */
const ARTIFACT_FORMAT = 1;

export function encodeArtifact(record: ArtifactRecord): Uint8Array {
  return encodeRecord({ v: ARTIFACT_FORMAT, ...record });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeArtifact(bytes: Uint8Array): ArtifactRecord {
  const fields = RecordReader.open('artifact', ARTIFACT_FORMAT, bytes);
  return {
    id: fields.text('id'),
    sessionId: fields.text('sessionId'),
    type: fields.text('type'),
    name: fields.text('name'),
    contentHash: fields.text('contentHash'),
    size: fields.integer('size'),
    storedSize: fields.integer('storedSize'),
    mimeType: fields.text('mimeType'),
    tags: fields.texts('tags'),
    metadata: fields.map('metadata'),
    sequence: fields.integer('sequence'),
    createdAt: fields.integer('createdAt'),
    run: fields.textOrNull('run'),
    actor: fields.optionalText('actor') ?? undefined,
    seq: fields.integerOrNull('seq'),
    producer: fields.textOrNull('producer'),
  };
}

/**
 * Checks what names an artifact, before anything is stored.
 *
 * @throws SpellError `ARTIFACT_TYPE`, `BAD_ARGUMENT`, `TOO_LARGE`
 */
export function checkArtifact(type: string, name: string, metadata: ValueMap): void {
  checkType(type);
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    const message = `bad value for 'name': it has ${name.length} characters`;
    const hint = `The name of an artifact has 1 to ${MAX_NAME_LENGTH} characters.`;
    throw new SpellError('BAD_ARGUMENT', message, { hint, key: 'name' });
  }
  checkTags(tagsOf(metadata));
  checkMetadata(metadata);
}

/** The tags that the metadata names: its `tags` when that is a string or a list of strings, each once. */
export function tagsOf(metadata: ValueMap): readonly string[] {
  const tags = metadata.get('tags');
  if (typeof tags === 'string') return [tags];
  return isTextList(tags) ? [...new Set(tags)] : [];
}

/**
 * The label of an artifact that was stored as a checkpoint, with `checkpoint = true` in its metadata: its `step_name`,
 * else its name. `undefined` for every other artifact.
 */
export function checkpointLabel({
  metadata,
  name,
}: Pick<ArtifactRecord, 'metadata' | 'name'>): string | undefined {
  if (metadata.get('checkpoint') !== true) return undefined;
  const step = metadata.get('step_name');
  return typeof step === 'string' ? step : name;
}

/** The metadata's own `mime_type`, or what the name suggests. */
export function mimeTypeOf(name: string, metadata: ValueMap): string {
  const given = metadata.get('mime_type');
  return typeof given === 'string' && given !== '' ? given : guessMimeType(name);
}

function checkType(type: string): void {
  if (TYPE_FORM.test(type)) return;
  throw new SpellError('ARTIFACT_TYPE', `bad artifact type ${JSON.stringify(type)}`, {
    hint: `Use ${ARTIFACT_TYPES.join(', ')}, or up to 64 letters, digits, '_', '.' and '-'.`,
    key: 'type',
  });
}
