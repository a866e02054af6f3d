/** What the store of sessions refuses, in words. */
import { SpellError } from '../base/errors.js';
import type { SessionRecord } from './session.js';

export function sessionNotFound(id: string): SpellError {
  return new SpellError('SESSION_NOT_FOUND', `session ${JSON.stringify(id)} does not exist`, {
    hint: 'See `llmspell session list`, or Session.list() in Lua, for the sessions that do.',
    details: { session: id },
  });
}

export function sessionExists(id: string): SpellError {
  return new SpellError('SESSION_EXISTS', `session ${JSON.stringify(id)} exists already`, {
    hint: 'Choose another id, or go on with the session that is there.',
    key: 'id',
    details: { session: id },
  });
}

/** @param what What it still has: `artifacts` or `messages`. */
export function stillHas(session: SessionRecord, what: 'artifacts' | 'messages'): SpellError {
  const { id, status } = session;
  const count = what === 'artifacts' ? session.artifactCount : session.messageCount;
  return new SpellError('SESSION_STATE', `cannot delete a session with ${count} ${what}`, {
    hint: `Delete its ${what} first.`,
    details: { session: id, [what]: count, from: status, to: 'deleted' },
  });
}
