/**
 * What was said in a message, as it is kept: in the record of the message while it is short, by reference in the
 * content store when it is long. The ids of shown artifacts stand apart, so that copies of a message can show others.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { HostObject, Value } from '../base/value.js';
import type { ContentStore, PreparedContent } from '../content/content-store.js';
import type { ImagePart, Part } from '../provider/message.js';
import type { Transaction } from '../storage/transaction.js';
import { partsOf, type StoredParts } from './message-node.js';

/** Longer messages are kept as contents. */
export const INLINE_MESSAGE_BYTES = 4096;

/** PreparedParts is what was said, ready to become part of a transaction. */
export interface PreparedParts {
  readonly parts: readonly Part[];
  readonly stored: StoredParts;
  readonly content: PreparedContent | undefined;
}

/** @throws SpellError `TOO_LARGE`, `VALUE_UNSUPPORTED` */
export async function prepareParts(
  contents: ContentStore,
  parts: readonly Part[],
  maxBytes: number,
): Promise<PreparedParts> {
  const artifacts = shownArtifacts(parts);
  const anonymous = parts.map((part) => mapArtifacts(part, () => ''));
  const bytes = encodeRecord(anonymous as unknown as HostObject[]);
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes);
  if (bytes.length <= INLINE_MESSAGE_BYTES) {
    const stored = { parts: anonymous, hash: null, size: bytes.length, artifacts };
    return { parts, stored, content: undefined };
  }
  const content = await contents.prepare(bytes);
  const stored = { parts: null, hash: content.hash, size: bytes.length, artifacts };
  return { parts, stored, content };
}

/** Counts the content of a message in. */
export async function referenceParts(
  contents: ContentStore,
  transaction: Transaction,
  { content }: PreparedParts,
): Promise<void> {
  if (content !== undefined) await contents.reference(transaction, content);
}

/** Counts the content of a message out. */
export async function releaseParts(
  contents: ContentStore,
  transaction: Transaction,
  { hash }: StoredParts,
): Promise<void> {
  if (hash !== null) await contents.release(transaction, hash);
}

/** @throws SpellError `ARTIFACT_CORRUPT` when storage does not hold what was stored. */
export async function readParts(
  contents: ContentStore,
  { parts, hash, artifacts }: StoredParts,
): Promise<readonly Part[]> {
  const anonymous = parts ?? (hash === null ? [] : await contentParts(contents, hash));
  let next = 0;
  const named = (id: string) => artifacts[next++] ?? id;
  return artifacts.length === 0 ? anonymous : anonymous.map((part) => mapArtifacts(part, named));
}

async function contentParts(contents: ContentStore, hash: string): Promise<readonly Part[]> {
  return partsOf(decodeRecord(await contents.read(hash)) as readonly Value[]);
}

/** The artifacts that the images among the parts show. */
export function shownArtifacts(parts: readonly Part[]): string[] {
  const shown: string[] = [];
  for (const part of parts)
    mapImages(part, (image) => {
      if (image.source.kind === 'artifact') shown.push(image.source.id);
      return image;
    });
  return shown;
}

/** The parts with other images. */
export function mapImages<P extends Part>(part: P, map: (image: ImagePart) => ImagePart): P {
  if (part.type === 'image') return map(part) as P;
  if (part.type !== 'tool_result') return part;
  return { ...part, content: part.content.map((inner) => mapImages(inner, map)) };
}

/** The part with other ids of the artifacts that it shows. */
function mapArtifacts<P extends Part>(part: P, map: (id: string) => string): P {
  return mapImages(part, (image) =>
    image.source.kind === 'artifact'
      ? { ...image, source: { kind: 'artifact', id: map(image.source.id) } }
      : image,
  );
}

function tooLarge(size: number, limit: number): SpellError {
  return new SpellError('TOO_LARGE', `the message takes ${size} bytes of ${limit}`, {
    hint: 'Store long contents as artifacts, or raise runtime.sessions.max_artifact_size.',
    key: 'runtime.sessions.max_artifact_size',
    details: { size, limit },
  });
}
