/** How the functions of the `Artifact` global read their arguments. */

import { type EncodedData, encodeData } from '../../../runtime/artifact/artifact-data.js';
import type {
  ArtifactFilter,
  ArtifactReference,
} from '../../../runtime/artifact/artifact-query.js';
import type { Value, ValueMap } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import {
  badArgument,
  bytes,
  integer,
  isAbsent,
  list,
  Options,
  optionalTable,
  table,
  text,
} from '../arguments.js';
import { readFields } from '../session/option-fields.js';
import { optionalSessionId } from '../session/session-argument.js';

export interface StoreArguments {
  readonly session: string | undefined;
  readonly type: string;
  readonly name: string;
  readonly content: Uint8Array;
  readonly metadata: ValueMap | undefined;
}

export interface ArtifactArguments {
  readonly session: string | undefined;
  readonly id: string | ArtifactReference;
}

export function parseStore(args: HostArguments): StoreArguments {
  return {
    session: optionalSessionId(args, 1),
    type: text(args, 2),
    name: text(args, 3),
    content: bytes(args, 4),
    metadata: optionalTable(args, 5),
  };
}

export function parseStoreFile(args: HostArguments) {
  return {
    session: optionalSessionId(args, 1),
    path: text(args, 2),
    type: text(args, 3),
    metadata: optionalTable(args, 4),
  };
}

export interface DataArguments extends StoreArguments {
  readonly mimeType: string;
}

/** `Artifact.storeData(session, {name=, data=, content_type=, type=, metadata=})` */
export function parseStoreData(args: HostArguments): DataArguments {
  const session = optionalSessionId(args, 1);
  return readFields(args, 2, (fields) => {
    const name = fields.text('name');
    if (name === undefined) throw badArgument(args, 2, "field 'name' is missing");
    return {
      session,
      name,
      type: fields.text('type') ?? 'system_generated',
      metadata: fields.map('metadata'),
      ...encodedData(args, 2, fields),
    };
  });
}

/** What the fields `data` and `content_type` of a table say. */
export function encodedData(args: HostArguments, index: number, fields: Options): EncodedData {
  const data = fields.raw('data');
  const contentType = fields.text('content_type', 'mime_type');
  if (data === undefined) throw badArgument(args, index, "field 'data' is missing");
  return encodeData(data, contentType);
}

export function parseStoreMany(args: HostArguments) {
  const items = list(args, 2).map((item, position) => parseItem(args, item, position + 1));
  return { session: optionalSessionId(args, 1), items };
}

function parseItem(args: HostArguments, item: Value, position: number): StoreArguments {
  const fail = (problem: string) => badArgument(args, 2, `item ${position}: ${problem}`);
  if (!(item instanceof Map)) throw fail('table expected');
  const read = (fields: Options) => ({
    type: fields.text('type') ?? 'system_generated',
    name: fields.text('name'),
    content: fields.raw('content'),
    metadata: fields.map('metadata'),
  });
  const { name, content, ...rest } = readFields(args, 2, read, item);
  if (name === undefined) throw fail("field 'name' is missing");
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
    throw fail("field 'content': string expected");
  }
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { session: undefined, name, content: bytes, ...rest };
}

export function parseArtifact(args: HostArguments): ArtifactArguments {
  return { session: optionalSessionId(args, 1), id: parseId(args, 2) };
}

export function parseList(args: HostArguments): string | undefined {
  return optionalSessionId(args, 1);
}

export function parsePiece(args: HostArguments) {
  return { ...parseArtifact(args), index: integer(args, 3) };
}

/** An id is a string, or the table that rs-llmspell's scripts keep. */
function parseId(args: HostArguments, index: number): string | ArtifactReference {
  if (args.type(index) !== 'table') return text(args, index);
  const options = new Options(args, index, table(args, index));
  const id = options.text('id');
  const contentHash = options.text('content_hash');
  const sessionId = options.text('session_id');
  if (contentHash === undefined || sessionId === undefined) {
    if (id !== undefined) return id;
    throw badArgument(args, index, 'an id table needs content_hash and session_id');
  }
  return { contentHash, sessionId, sequence: options.number('sequence'), id };
}

export function parseQuery(args: HostArguments): ArtifactFilter {
  if (isAbsent(args, 1)) return {};
  return readFields(args, 1, (options) => {
    const session = options.text('session_id', 'session');
    return {
      sessionId: session === '' ? undefined : session,
      type: options.text('type', 'artifact_type'),
      tags: options.texts('tags'),
      namePattern: options.text('name_pattern', 'name'),
      createdAfter: options.time('created_after'),
      createdBefore: options.time('created_before'),
      minSize: options.number('min_size'),
      maxSize: options.number('max_size'),
      metadata: options.map('metadata'),
      limit: options.number('limit'),
    };
  });
}
