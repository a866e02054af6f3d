/** What there is in artifacts: their number, their bytes and their types. */
import type { Backend } from '../storage/storage.js';
import { queryArtifacts } from './artifact-query.js';

export interface ArtifactStats {
  readonly total: number;
  /** Bytes of all contents, each counted for every artifact that has it. */
  readonly size: number;
  readonly byType: ReadonlyMap<string, number>;
}

/** Records that are in memory at a time. */
const PAGE = 500;

/** Counts of one session, or of all when `sessionId` is absent; reads every record. */
export async function countArtifacts(
  backend: Backend,
  sessionId: string | undefined,
): Promise<ArtifactStats> {
  const byType = new Map<string, number>();
  let [total, size] = [0, 0];
  let cursor: string | undefined;
  do {
    const page = await queryArtifacts(backend, { sessionId, limit: PAGE, cursor });
    for (const record of page.items) {
      total += 1;
      size += record.size;
      byType.set(record.type, (byType.get(record.type) ?? 0) + 1);
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return { total, size, byType };
}
