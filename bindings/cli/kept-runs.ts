/** Opens a runtime for commands about runs that are kept. */
import { SpellError } from '../../runtime/base/errors.js';
import type { KeptRun } from '../../runtime/kept-run.js';
import type { Session } from '../../runtime/program-session.js';
import type { Runtime } from '../node/runtime.js';
import { type Invocation, withRuntime } from './invocation.js';
import { usageError } from './option.js';

/** @throws SpellError `USAGE` where runs end with their process. */
export function withKeptRuns<T>(
  invocation: Invocation,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  return withRuntime(invocation, async (runtime) => {
    if (runtime.config.sessions.storageBackend === 'memory') {
      throw usageError(
        'storage "memory" keeps no runs',
        'Leave out --storage memory, or set storage_backend = "lmdb" in [runtime.sessions].',
      );
    }
    return work(runtime);
  });
}

/** FoundRun is a run that was named by its own id, or by that of a session. */
export interface FoundRun {
  readonly run: KeptRun;
  /** The place in its journal that a label or number means. */
  readonly placeOf: (at: string) => Promise<number | string>;
}

/**
 * The run with this id, or the one behind the session with it; a beginning that is unique will do.
 *
 * @throws SpellError `RUN_NOT_FOUND`, `AMBIGUOUS_ID`
 */
export async function findRun(
  { runs, sessions, services }: Runtime,
  id: string,
): Promise<FoundRun> {
  try {
    return { run: await runs.find(id), placeOf: async (at) => at };
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'RUN_NOT_FOUND') throw thrown;
    const session: Session | undefined = await sessions.find(id).catch(() => undefined);
    if (session === undefined) throw thrown;
    const sessionRuns = services.sessionRuns();
    return {
      run: await runs.find(await sessionRuns.idOf(session.id)),
      placeOf: (at) => sessionRuns.pointOf(session.id, at),
    };
  }
}
