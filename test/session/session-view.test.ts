import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../runtime/base/encoding.js';
import { decodeSession, encodeSession, type SessionRecord } from '../../runtime/session/session.js';
import { toJsonRecord, toLuaRecord } from '../../runtime/session/session-view.js';
import { START_MS, table } from './session-fixture.js';

const FULL: SessionRecord = {
  id: 's1',
  name: 'Analysis',
  description: 'of sales',
  status: 'failed',
  suspendedBy: null,
  tags: ['a'],
  metadata: table({ status: 'resolved', n: 1 }),
  parentSessionId: 'p1',
  createdAt: START_MS + 700,
  updatedAt: START_MS + 61_999,
  run: 'r1',
  messageCount: 0,
  artifactCount: 3,
  failureReason: 'because',
  forkedFrom: 'f1',
};

const BARE: SessionRecord = {
  ...FULL,
  name: null,
  description: null,
  status: 'active',
  tags: [],
  metadata: new Map(),
  parentSessionId: null,
  run: null,
  failureReason: null,
  forkedFrom: null,
};

describe('the record of a session', () => {
  test('for Lua has times in whole seconds, ISO texts, and the other names of its fields', () => {
    expect(toLuaRecord(FULL)).toEqual({
      id: 's1',
      name: 'Analysis',
      title: 'Analysis',
      description: 'of sales',
      status: 'failed',
      tags: ['a'],
      metadata: table({ status: 'resolved', n: 1 }),
      custom_metadata: table({ status: 'resolved', n: 1 }),
      parent_session_id: 'p1',
      created_at: START_MS / 1000,
      created_at_iso: '2026-11-21T08:00:00.700Z',
      updated_at: START_MS / 1000 + 61,
      updated_at_iso: '2026-11-21T08:01:01.999Z',
      run: 'r1',
      message_count: 0,
      artifact_count: 3,
      failure_reason: 'because',
      forked_from: 'f1',
    });
  });

  test('for Lua has nil for what the session lacks, so that `or` works', () => {
    const record = toLuaRecord(BARE);
    for (const field of ['name', 'title', 'parent_session_id', 'failure_reason', 'run']) {
      expect(record[field]).toBeUndefined();
    }
    expect(record.tags).toEqual([]);
    expect(record.metadata).toEqual(new Map());
  });

  test('for JSON has every field, null for what the session lacks', () => {
    expect(toJsonRecord(BARE)).toEqual({
      id: 's1',
      name: null,
      description: null,
      status: 'active',
      tags: [],
      metadata: new Map(),
      parent_session_id: null,
      created_at: '2026-11-21T08:00:00.700Z',
      updated_at: '2026-11-21T08:01:01.999Z',
      run: null,
      message_count: 0,
      artifact_count: 3,
      failure_reason: null,
      forked_from: null,
    });
  });

  test('is stored exactly', () => {
    expect(decodeSession(encodeSession(FULL))).toEqual(FULL);
    expect(decodeSession(encodeSession(BARE))).toEqual(BARE);
  });

  test('of a newer format is refused', () => {
    const bytes = encodeRecord({ v: 2, id: 's1' });
    expect(() => decodeSession(bytes)).toThrow(expect.objectContaining({ code: 'STORAGE_NEWER' }));
  });

  test.each([
    ['no table', encodeRecord('text')],
    ['no version', encodeRecord({ id: 's1' })],
    ['a field of another type', encodeRecord({ v: 1, ...FULL, tags: 'a' })],
    ['an unknown status', encodeRecord({ v: 1, ...FULL, status: 'archived' })],
    ['a field that is gone', encodeRecord({ v: 1, ...FULL, metadata: undefined })],
  ])('with %s is damaged', (_, bytes) => {
    expect(() => decodeSession(bytes)).toThrow(
      expect.objectContaining({ code: 'STORAGE_CORRUPT' }),
    );
  });
});
