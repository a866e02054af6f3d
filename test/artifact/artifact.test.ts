import { describe, expect, test } from 'vitest';
import {
  ARTIFACT_TYPES,
  type ArtifactRecord,
  checkArtifact,
  decodeArtifact,
  encodeArtifact,
  mimeTypeOf,
  tagsOf,
} from '../../runtime/artifact/artifact.js';
import { toJsonRecord, toLuaRecord, toLuaReference } from '../../runtime/artifact/artifact-view.js';
import { encodeRecord } from '../../runtime/base/encoding.js';
import { Float } from '../../runtime/base/value.js';
import { requireReach } from '../../runtime/session/isolation.js';
import { START_MS, table } from '../session/session-fixture.js';

const RECORD: ArtifactRecord = {
  id: 'a1',
  sessionId: 's1',
  type: 'tool_result',
  name: 'result.json',
  contentHash: 'ab'.repeat(32),
  size: 20_000,
  storedSize: 500,
  mimeType: 'application/json',
  tags: ['x'],
  metadata: table({ author: 'John', description: 'of sales', tags: ['x'] }),
  sequence: 2,
  createdAt: START_MS + 700,
  run: 'r1',
  seq: 17,
  producer: 'tool:json-processor',
};

describe('the record of an artifact', () => {
  test('is stored exactly', () => {
    expect(decodeArtifact(encodeArtifact(RECORD))).toEqual(RECORD);
    const bare = { ...RECORD, run: null, seq: null, producer: null, tags: [], metadata: new Map() };
    expect(decodeArtifact(encodeArtifact(bare))).toEqual(bare);
  });

  test('of a newer format is refused, and a damaged one is seen', () => {
    expect(() => decodeArtifact(encodeRecord({ ...RECORD, v: 2 }))).toThrow(
      expect.objectContaining({ code: 'STORAGE_NEWER' }),
    );
    expect(() => decodeArtifact(encodeRecord({ ...RECORD, v: 1, size: 'x' }))).toThrow(
      expect.objectContaining({ code: 'STORAGE_CORRUPT' }),
    );
  });

  test('for Lua has times in whole seconds and the other names of its fields', () => {
    expect(toLuaRecord(RECORD)).toEqual({
      id: 'a1',
      session_id: 's1',
      type: 'tool_result',
      artifact_type: 'tool_result',
      name: 'result.json',
      description: 'of sales',
      size: 20_000,
      original_size: 20_000,
      stored_size: 500,
      is_compressed: true,
      content_hash: 'ab'.repeat(32),
      mime_type: 'application/json',
      tags: ['x'],
      metadata: RECORD.metadata,
      custom: RECORD.metadata,
      sequence: 2,
      version: 2,
      created_at: START_MS / 1000,
      created_at_iso: '2026-11-21T08:00:00.700Z',
      created_by: 'tool:json-processor',
      run: 'r1',
      seq: 17,
    });
  });

  test('as a reference names content, session, number and id', () => {
    expect(toLuaReference(RECORD)).toEqual({
      content_hash: RECORD.contentHash,
      session_id: 's1',
      sequence: 2,
      id: 'a1',
    });
  });

  test('for JSON has every field', () => {
    expect(toJsonRecord({ ...RECORD, run: null, seq: null })).toEqual({
      id: 'a1',
      session_id: 's1',
      type: 'tool_result',
      name: 'result.json',
      size: 20_000,
      stored_size: 500,
      content_hash: 'ab'.repeat(32),
      mime_type: 'application/json',
      tags: ['x'],
      metadata: RECORD.metadata,
      created_at: '2026-11-21T08:00:00.700Z',
      run: null,
      seq: null,
    });
  });
});

describe('what names an artifact', () => {
  test.each([...ARTIFACT_TYPES, 'x', 'my.type-2_b', 'x'.repeat(64)])('%s is a type', (type) => {
    checkArtifact(type, 'name', new Map());
  });

  test.each(['', 'x'.repeat(65), 'a b', 'ü', 'a/b', 'user_input\n'])('%j is no type', (type) => {
    expect(() => checkArtifact(type, 'name', new Map())).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_TYPE',
        hint: expect.stringContaining('tool_result'),
      }),
    );
  });

  test('a name has 1 to 255 characters', () => {
    checkArtifact('x', 'ü'.repeat(255), new Map());
    for (const name of ['', 'x'.repeat(256)]) {
      expect(() => checkArtifact('x', name, new Map())).toThrow(
        expect.objectContaining({ code: 'BAD_ARGUMENT', key: 'name' }),
      );
    }
  });

  test('tags are the `tags` of the metadata when that is a string or a list of strings', () => {
    expect(tagsOf(table({ tags: ['a', 'b', 'a'] }))).toEqual(['a', 'b']);
    expect(tagsOf(table({ tags: 'a' }))).toEqual(['a']);
    for (const tags of [['a', 1], new Map([['x', 'a']]), 1]) {
      expect(tagsOf(table({ tags }))).toEqual([]);
    }
    expect(tagsOf(new Map())).toEqual([]);
  });

  test.each([
    ['report.CSV', 'text/csv'],
    ['a.tar.gz', 'application/gzip'],
    ['notes', 'application/octet-stream'],
    ['x.unknown', 'application/octet-stream'],
    ['x.constructor', 'application/octet-stream'],
  ])('the name %s suggests %s', (name, expected) => {
    expect(mimeTypeOf(name, new Map())).toBe(expected);
  });

  test('the metadata says what the type of the content is', () => {
    expect(mimeTypeOf('a.csv', table({ mime_type: 'text/x-mine' }))).toBe('text/x-mine');
    expect(mimeTypeOf('a.csv', new Map([['mime_type', new Float(1)]]))).toBe('text/csv');
  });
});

describe('strict isolation', () => {
  test('lets a script reach its current session and no other', () => {
    requireReach('s1', 's1');
    for (const current of ['s2', undefined]) {
      expect(() => requireReach('s1', current)).toThrow(
        expect.objectContaining({ code: 'POLICY_DENIED', hint: expect.any(String) }),
      );
    }
  });
});
