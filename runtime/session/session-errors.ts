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

export function stillHasArtifacts(session: SessionRecord): SpellError {
  const { id, artifactCount } = session;
  return new SpellError(
    'SESSION_STATE',
    `cannot delete a session with ${artifactCount} artifacts`,
    {
      hint: 'Delete its artifacts first.',
      details: { session: id, artifacts: artifactCount, from: session.status, to: 'deleted' },
    },
  );
}
