/** Opens a runtime for commands about runs that are kept. */
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
