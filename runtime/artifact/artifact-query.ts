/**
 * Finding artifacts: by id, by the beginning of an id, by reference, and by everything that the indexes hold.
 */
import { SpellError } from '../base/errors.js';
import type { ValueMap } from '../base/value.js';
import { ambiguousId, entriesBeginning } from '../session/id-prefix.js';
import { collectPage, type Page, walkIndexes } from '../session/index-walk.js';
import { ALL_TIME, spanBetween, type TimeBound, type TimeSpan } from '../session/time-bound.js';
import { metadataMatches } from '../session/value-match.js';
import type { Backend, Key } from '../storage/storage.js';
import { type ArtifactRecord, decodeArtifact } from './artifact.js';
import { artifactNotFound } from './artifact-errors.js';
import { artifactIndex, artifactKey } from './artifact-index.js';
import { GlobPattern } from './glob-pattern.js';

/** What a query is narrowed by; all of it must hold. */
export interface ArtifactFilter {
  /** All sessions when absent; then only time is looked up, and the rest is read and judged. */
  readonly sessionId?: string | undefined;
  readonly type?: string | undefined;
  /** An artifact must have all of them. */
  readonly tags?: readonly string[] | undefined;
  /** A pattern for the whole name, see {@link GlobPattern}; without wildcards it is looked up. */
  readonly namePattern?: string | undefined;
  readonly createdAfter?: TimeBound | undefined;
  readonly createdBefore?: TimeBound | undefined;
  /** Bytes of the content, inclusive. */
  readonly minSize?: number | undefined;
  /** Bytes of the content, inclusive. */
  readonly maxSize?: number | undefined;
  /** Keys at the top of the metadata with the values that they must have. */
  readonly metadata?: ValueMap | undefined;
  /** All when absent. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** ArtifactReference names an artifact by what it holds, as rs-llmspell's scripts do. */
export interface ArtifactReference {
  readonly contentHash: string;
  readonly sessionId: string;
  /** The number within the artifacts of its name; the newest of this content when absent. */
  readonly sequence?: number | undefined;
  /** Decides when several artifacts have the same content. */
  readonly id?: string | undefined;
}

export async function readArtifact(
  backend: Backend,
  id: string,
): Promise<ArtifactRecord | undefined> {
  const bytes = await backend.get(artifactKey(id));
  return bytes === undefined ? undefined : decodeArtifact(bytes);
}

/** The newest artifact that a reference fits; `undefined` when none does. */
export async function resolveReference(
  backend: Backend,
  reference: ArtifactReference,
): Promise<ArtifactRecord | undefined> {
  const { contentHash, sessionId, sequence, id } = reference;
  const fits = (record: ArtifactRecord) =>
    record.contentHash === contentHash &&
    record.sessionId === sessionId &&
    (sequence === undefined || record.sequence === sequence);
  if (id !== undefined) {
    const record = await readArtifact(backend, id);
    return record !== undefined && fits(record) ? record : undefined;
  }
  const indexes = [artifactIndex.hash(sessionId, contentHash)];
  const walk = { indexes, span: ALL_TIME, order: 'newest first', expected: 1 } as const;
  for await (const row of walkIndexes(backend, walk)) {
    const record = await readArtifact(backend, row.id);
    if (record !== undefined && fits(record)) return record;
  }
  return undefined;
}

/**
 * The artifact with this id, or the only one whose id begins so.
 *
 * @throws SpellError `ARTIFACT_NOT_FOUND`, `AMBIGUOUS_ID`
 */
export async function findArtifact(backend: Backend, idOrPrefix: string): Promise<ArtifactRecord> {
  const exact = await readArtifact(backend, idOrPrefix);
  if (exact !== undefined) return exact;
  if (idOrPrefix === '') throw artifactNotFound(idOrPrefix);
  const entries = await entriesBeginning(backend, artifactKey(idOrPrefix));
  const [only, ...others] = entries.map((entry) => decodeArtifact(entry.value));
  if (only === undefined) throw artifactNotFound(idOrPrefix);
  if (others.length === 0) return only;
  throw ambiguousId('artifact', idOrPrefix, [only.id, ...others.map((record) => record.id)]);
}

/** The artifacts that the filter lets through, newest first. */
export async function queryArtifacts(
  backend: Backend,
  filter: ArtifactFilter,
  order: 'newest first' | 'oldest first' = 'newest first',
): Promise<Page<ArtifactRecord>> {
  const plan = planOf(filter);
  const rows = walkIndexes(backend, {
    indexes: plan.indexes,
    span: plan.created,
    order,
    cursor: filter.cursor,
    expected: filter.limit,
  });
  return collectPage(rows, filter.limit, async (id) => {
    const record = await readArtifact(backend, id);
    return record !== undefined && plan.matches(record) ? record : undefined;
  });
}

interface Plan {
  readonly indexes: readonly Key[];
  readonly created: TimeSpan;
  matches(record: ArtifactRecord): boolean;
}

function planOf(filter: ArtifactFilter): Plan {
  const { sessionId, type, tags = [], metadata = new Map() } = filter;
  const [minSize, maxSize] = [
    checkSize('min_size', filter.minSize),
    checkSize('max_size', filter.maxSize),
  ];
  const pattern =
    filter.namePattern === undefined ? undefined : new GlobPattern(filter.namePattern);
  return {
    indexes: indexesOf(filter, pattern),
    created: spanBetween('created', filter.createdAfter, filter.createdBefore),
    // Rows don't hold everything, and long texts are cut in keys, so the record has the last word.
    matches: (record) =>
      (sessionId === undefined || record.sessionId === sessionId) &&
      (type === undefined || record.type === type) &&
      tags.every((tag) => record.tags.includes(tag)) &&
      (pattern === undefined || pattern.matches(record.name)) &&
      (minSize === undefined || record.size >= minSize) &&
      (maxSize === undefined || record.size <= maxSize) &&
      metadataMatches(record.metadata, metadata),
  };
}

function indexesOf(filter: ArtifactFilter, pattern: GlobPattern | undefined): Key[] {
  const { sessionId, type, tags = [] } = filter;
  if (sessionId === undefined) return [artifactIndex.time()];
  const indexes = [...new Set(tags)].map((tag) => artifactIndex.tag(sessionId, tag));
  if (pattern?.literal !== undefined) indexes.push(artifactIndex.name(sessionId, pattern.literal));
  if (type !== undefined) indexes.push(artifactIndex.type(sessionId, type));
  return indexes.length > 0 ? indexes : [artifactIndex.session(sessionId)];
}

function checkSize(option: string, size: number | undefined): number | undefined {
  if (size === undefined || !Number.isNaN(size)) return size;
  throw new SpellError('BAD_ARGUMENT', `bad value for '${option}': it is not a number`, {
    hint: 'Give a number of bytes.',
    key: option,
  });
}
