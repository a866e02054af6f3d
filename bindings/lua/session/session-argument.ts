/** How functions take the session that they are about: its id, or nil and "" for the current one. */
import { SpellError } from '../../../runtime/base/errors.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { Services } from '../../../runtime/services.js';
import { requireReach } from '../../../runtime/session/isolation.js';
import { optionalText } from '../arguments.js';

export function optionalSessionId(args: HostArguments, index: number): string | undefined {
  const id = optionalText(args, index);
  return id === '' ? undefined : id;
}

/** @throws SpellError `NO_CURRENT_SESSION` */
export function requireCurrent(id: string | undefined, call: CallContext): string {
  const session = id ?? call.state.currentSession;
  if (session !== undefined) return session;
  throw new SpellError('NO_CURRENT_SESSION', 'no session was named and there is no current one', {
    hint: 'Pass a session id, or call Session.setCurrent(id) first.',
  });
}

/**
 * The session whose contents a call is about, if the script may reach it.
 *
 * @throws SpellError `NO_CURRENT_SESSION`, `POLICY_DENIED`
 */
export function requireReached(
  { config }: Services,
  id: string | undefined,
  call: CallContext,
): string {
  const session = requireCurrent(id, call);
  if (config.sessions.strictIsolation) requireReach(session, call.state.currentSession);
  return session;
}

/** Sessions that the runtime must not suspend or delete by itself while the script works with them. */
export function usedSessions(
  call: CallContext,
  others: readonly string[] = [],
): ReadonlySet<string> {
  const { currentSession, sessions } = call.state;
  const used = [...sessions, ...others];
  return new Set(currentSession === undefined ? used : [currentSession, ...used]);
}
