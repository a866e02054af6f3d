/**
 * Isolation of sessions: artifacts and messages are found only by who names the session that they belong to. Strict
 * isolation adds that a script may name no session but its current one.
 */
import { SpellError } from '../base/errors.js';

/**
 * Refuses a script that reaches for artifacts or messages outside of its current session.
 *
 * @param current The script's current session; `undefined` when it has none.
 * @throws SpellError `POLICY_DENIED`
 */
export function requireReach(sessionId: string, current: string | undefined): void {
  if (sessionId === current) return;
  const message =
    current === undefined
      ? `strict isolation: there is no current session, so session "${sessionId}" is out of reach`
      : `strict isolation: session "${sessionId}" is not the current one`;
  throw new SpellError('POLICY_DENIED', message, {
    hint: 'Call Session.setCurrent(id) first, or set runtime.sessions.strict_isolation = false.',
    key: 'runtime.sessions.strict_isolation',
    details: current === undefined ? { session: sessionId } : { session: sessionId, current },
  });
}
