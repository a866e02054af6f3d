import type { Backend } from './storage.js';

/** A view of a backend whose commits are flushed: for changes that are told of outside of the process at once. */
export function flushedView(backend: Backend): Backend {
  return {
    name: backend.name,
    features: backend.features,
    location: backend.location,
    get: (key) => backend.get(key),
    range: (range) => backend.range(range),
    commit: async (batch) => {
      const isCommitted = await backend.commit(batch);
      if (isCommitted) await backend.flush();
      return isCommitted;
    },
    flush: () => backend.flush(),
    close: () => backend.close(),
  };
}
