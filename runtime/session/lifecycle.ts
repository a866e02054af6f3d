/**
 * The lifecycle of a session as data: which action leads from which state to which.
 *
 * | from | suspend | resume | complete | fail |
 * | --- | --- | --- | --- | --- |
 * | active | suspended | - | completed | failed |
 * | suspended | - | active | completed | failed |
 * | completed, failed | - | - | - | - |
 *
 * Reading, `updateMetadata`, `save` and `delete` are no transitions: they are allowed in every state.
 */
import { SpellError } from '../base/errors.js';

export const SESSION_STATUSES = ['active', 'suspended', 'completed', 'failed'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export type SessionAction = 'suspend' | 'resume' | 'complete' | 'fail';

const TRANSITIONS: Record<SessionStatus, Partial<Record<SessionAction, SessionStatus>>> = {
  active: { suspend: 'suspended', complete: 'completed', fail: 'failed' },
  suspended: { resume: 'active', complete: 'completed', fail: 'failed' },
  completed: {},
  failed: {},
};

/** What an action asks for, allowed or not; messages name it. */
const TARGETS: Record<SessionAction, SessionStatus> = {
  suspend: 'suspended',
  resume: 'active',
  complete: 'completed',
  fail: 'failed',
};

/**
 * The state after `action`.
 *
 * @throws SpellError `SESSION_STATE` with `details` `{ from, to, session }` when the action is not allowed.
 */
export function nextStatus(
  session: { readonly id: string; readonly status: SessionStatus },
  action: SessionAction,
): SessionStatus {
  const { id, status: from } = session;
  const to = TRANSITIONS[from][action];
  if (to !== undefined) return to;
  throw new SpellError('SESSION_STATE', `cannot ${action} ${withArticle(from)} session`, {
    hint: hintFor(from, action),
    details: { from, to: TARGETS[action], session: id },
  });
}

/** True for the states that nothing leads out of. */
export function isFinal(status: SessionStatus): boolean {
  return Object.keys(TRANSITIONS[status]).length === 0;
}

export function isSessionStatus(text: string): text is SessionStatus {
  return (SESSION_STATUSES as readonly string[]).includes(text);
}

/**
 * Refuses new content for a session that is not active.
 *
 * @param what What is refused, as the words after "cannot": `store an artifact in`.
 * @throws SpellError `SESSION_STATE` with `details` `{ from, to, session }`; `to` is the state that it would need.
 */
export function requireActive(
  session: { readonly id: string; readonly status: SessionStatus },
  what: string,
): void {
  const { id, status: from } = session;
  if (from === 'active') return;
  const message = `cannot ${what} ${withArticle(from)} session: it must be active`;
  throw new SpellError('SESSION_STATE', message, {
    hint: isFinal(from)
      ? FINAL_HINT(from)
      : 'Resume the session first, with Session.resume(id) in Lua.',
    details: { from, to: 'active', session: id },
  });
}

const FINAL_HINT = (from: SessionStatus): string =>
  `A ${from} session is final; create a new one, with parent_session_id to link the two.`;

function hintFor(from: SessionStatus, action: SessionAction): string {
  if (isFinal(from)) return FINAL_HINT(from);
  return action === 'resume'
    ? 'Only a suspended session can be resumed; this one is active already.'
    : 'Only an active session can be suspended; this one is suspended already.';
}

function withArticle(status: SessionStatus): string {
  return status === 'active' ? `an ${status}` : `a ${status}`;
}
