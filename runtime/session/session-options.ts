/**
 * What a caller says about a session when making or changing it, checked once so that the store can trust it.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { Value, ValueKey, ValueMap } from '../base/value.js';
import { scalarText } from './value-match.js';

export interface SessionOptions {
  /** 1 to 200 characters; a UUIDv7 when absent. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: ValueMap | undefined;
  readonly parentSessionId?: string | undefined;
  /** The run that makes the session. */
  readonly run?: string | undefined;
  /** Who a program acts for that makes it. */
  readonly actor?: string | undefined;
}

/** Changes of a session; what is absent stays, `null` clears. */
export interface SessionChanges {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
}

const MAX_ID_LENGTH = 200;
const MAX_NAME_LENGTH = 255;
const MAX_DESCRIPTION_LENGTH = 65_536;
const MAX_TAGS = 256;
const MAX_TAG_LENGTH = 255;
const MAX_METADATA_BYTES = 1024 * 1024;

/** @throws SpellError `BAD_ARGUMENT`, `TOO_LARGE` */
export function checkSessionOptions(options: SessionOptions): void {
  if (options.id !== undefined) checkId(options.id);
  checkSessionChanges(options);
  if (options.metadata !== undefined) checkMetadata(options.metadata);
}

/** @throws SpellError `BAD_ARGUMENT` */
export function checkSessionChanges(changes: SessionChanges): void {
  checkText('name', changes.name, MAX_NAME_LENGTH);
  checkText('description', changes.description, MAX_DESCRIPTION_LENGTH);
  if (changes.tags !== undefined) checkTags(changes.tags);
}

/**
 * Tags keep their order, each once.
 *
 * @throws SpellError `BAD_ARGUMENT`
 */
export function checkTags(tags: readonly string[]): void {
  if (tags.length > MAX_TAGS) {
    throw badOption('tags', `it has ${tags.length} tags`, `Give at most ${MAX_TAGS} tags.`);
  }
  for (const tag of tags) {
    if (tag.length > 0 && tag.length <= MAX_TAG_LENGTH) continue;
    const hint = `A tag has 1 to ${MAX_TAG_LENGTH} characters.`;
    throw badOption('tags', `one of them has ${tag.length} characters`, hint);
  }
}

/**
 * @param what What the table is called: the key that the error names.
 * @throws SpellError `TOO_LARGE` for tables that belong into an artifact.
 */
export function checkMetadata(metadata: ValueMap, what = 'metadata'): void {
  const size = encodeRecord(metadata).byteLength;
  if (size <= MAX_METADATA_BYTES) return;
  throw new SpellError('TOO_LARGE', `the ${what} takes ${size} bytes of ${MAX_METADATA_BYTES}`, {
    hint: `Store large values as artifacts and keep their ids in the ${what}.`,
    key: what,
    details: { size, limit: MAX_METADATA_BYTES },
  });
}

/** `changes` laid over `metadata`, key by key; a key whose new value is `JSON.null` is removed. */
export function mergeMetadata(metadata: ValueMap, changes: ValueMap): ValueMap {
  // By text, because keys of bytes are equal by content and a Map compares them by identity.
  const merged = new Map<string, [ValueKey, Value]>();
  for (const [key, value] of metadata) merged.set(keyId(key), [key, value]);
  for (const [key, value] of changes) {
    if (value === null) merged.delete(keyId(key));
    else merged.set(keyId(key), [key, value]);
  }
  return new Map(merged.values());
}

function keyId(key: ValueKey): string {
  return scalarText(key) ?? String(key);
}

function checkId(id: string): void {
  const hint = `An id has 1 to ${MAX_ID_LENGTH} characters, none of them a control character.`;
  if (id === '') throw badOption('id', 'it is empty', hint);
  if (id.length > MAX_ID_LENGTH) throw badOption('id', `it has ${id.length} characters`, hint);
  if (/\p{Cc}/u.test(id)) throw badOption('id', 'it holds a control character', hint);
}

/** @throws SpellError `BAD_ARGUMENT` */
export function checkText(
  name: string,
  text: string | null | undefined,
  maxLength = MAX_NAME_LENGTH,
): void {
  if (text === null || text === undefined || text.length <= maxLength) return;
  const hint = `Shorten it to ${maxLength} characters, and keep the rest in the metadata.`;
  throw badOption(name, `it has ${text.length} characters`, hint);
}

function badOption(key: string, problem: string, hint: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad value for '${key}': ${problem}`, { hint, key });
}
