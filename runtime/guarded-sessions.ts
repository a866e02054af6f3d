/**
 * Asks about the calls that the embedding program makes of its sessions: about every method, and before it does
 * anything. One that is not known here counts as a change.
 */
import type { ProgramAccess } from './program-access.js';
import type { SessionApi } from './session-api.js';

type Method = (...args: unknown[]) => unknown;

/** Methods that change nothing of what is stored. */
const READING = /^(get|list|find|history|conversationHistory|active|use$|setCurrent|execution)/;
const READS = new Set([
  ...['children', 'checkpoints', 'timeline', 'journal', 'stats', 'data', 'summary', 'errors'],
  ...['responses', 'export', 'exportData', 'saveFile'],
  ...['groupStatus', 'awaitNode', 'messagesForProvider', 'validateModelForTask'],
]);

/** Methods that ask models. */
const ASKING = new Set([
  ...['generate', 'generateWithTools', 'executePrompt', 'executeParallel', 'compact'],
]);

/** Methods that touch nothing stored; about a stream its run is asked. */
const FREE = new Set(['constructor', 'getCurrent', 'stream']);

/** Methods of which the first argument names no session that there is. */
const WITHOUT_SESSION = new Set([
  ...['list', 'cleanup', 'stats', 'merge', 'import', 'importData', 'loadFile'],
]);

export function guardedSessions(sessions: SessionApi, access: ProgramAccess): SessionApi {
  if (!access.isAsked) return sessions;
  return new Proxy(sessions, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function' || typeof name !== 'string') return found;
      const method = (found as Method).bind(target);
      return FREE.has(name) ? method : guarded(name, method, target, access);
    },
  });
}

function guarded(name: string, method: Method, target: SessionApi, access: ProgramAccess): Method {
  const reads = READING.test(name) || READS.has(name);
  const kind = ASKING.has(name) ? 'execute' : reads ? 'read' : 'write';
  const op = `session.${name === 'find' ? 'get' : name}`;
  return async (...args) => {
    const session = await sessionOf(name, args, target);
    await access.require(op, kind, { session });
    return method(...args);
  };
}

async function sessionOf(
  name: string,
  [first]: readonly unknown[],
  target: SessionApi,
): Promise<string | undefined> {
  if (WITHOUT_SESSION.has(name)) return undefined;
  // The beginning of an id says nothing to who decides.
  if (name === 'find') return (await target.find(String(first))).id;
  if (typeof first === 'object' && first !== null) {
    return 'id' in first && typeof first.id === 'string' ? first.id : undefined;
  }
  // The only text that a new session takes is its name.
  return typeof first === 'string' && !name.startsWith('create') ? first : undefined;
}
