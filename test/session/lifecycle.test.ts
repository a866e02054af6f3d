import { describe, expect, test } from 'vitest';
import {
  isFinal,
  nextStatus,
  requireActive,
  SESSION_STATUSES,
  type SessionAction,
  type SessionStatus,
} from '../../runtime/session/lifecycle.js';

const ALLOWED: [SessionStatus, SessionAction, SessionStatus][] = [
  ['active', 'suspend', 'suspended'],
  ['active', 'complete', 'completed'],
  ['active', 'fail', 'failed'],
  ['suspended', 'resume', 'active'],
  ['suspended', 'complete', 'completed'],
  ['suspended', 'fail', 'failed'],
];

const REFUSED: [SessionStatus, SessionAction, string][] = [
  ['active', 'resume', 'cannot resume an active session'],
  ['suspended', 'suspend', 'cannot suspend a suspended session'],
  ['completed', 'suspend', 'cannot suspend a completed session'],
  ['completed', 'resume', 'cannot resume a completed session'],
  ['completed', 'complete', 'cannot complete a completed session'],
  ['completed', 'fail', 'cannot fail a completed session'],
  ['failed', 'suspend', 'cannot suspend a failed session'],
  ['failed', 'resume', 'cannot resume a failed session'],
  ['failed', 'complete', 'cannot complete a failed session'],
  ['failed', 'fail', 'cannot fail a failed session'],
];

describe('the lifecycle of a session', () => {
  test.each(ALLOWED)('%s -%s-> %s', (status, action, expected) => {
    expect(nextStatus({ id: 's', status }, action)).toBe(expected);
  });

  test.each(REFUSED)('a move from %s by %s is refused', (status, action, message) => {
    expect(() => nextStatus({ id: 's', status }, action)).toThrow(
      expect.objectContaining({ code: 'SESSION_STATE', message, hint: expect.any(String) }),
    );
  });

  test('every pair of state and action is decided', () => {
    expect(ALLOWED.length + REFUSED.length).toBe(SESSION_STATUSES.length * 4);
  });

  test('a refusal names both states and the session', () => {
    expect(() => nextStatus({ id: 's1', status: 'completed' }, 'suspend')).toThrow(
      expect.objectContaining({ details: { from: 'completed', to: 'suspended', session: 's1' } }),
    );
  });

  test('completed and failed are final, the others are not', () => {
    expect(SESSION_STATUSES.filter(isFinal)).toEqual(['completed', 'failed']);
  });

  test('only an active session takes new content', () => {
    requireActive({ id: 's', status: 'active' }, 'store an artifact in');
    for (const status of ['suspended', 'completed', 'failed'] as const) {
      expect(() => requireActive({ id: 's', status }, 'store an artifact in')).toThrow(
        expect.objectContaining({
          code: 'SESSION_STATE',
          message: `cannot store an artifact in a ${status} session: it must be active`,
          details: { from: status, to: 'active', session: 's' },
        }),
      );
    }
  });
});
