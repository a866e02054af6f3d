/** ReplayDivergence is where a replay parted from its record: both calls, and the lines of source that made them. */
import type { ContentStore } from './content/content-store.js';
import { decodeResult } from './engine/result-bytes.js';
import type { Divergence, DivergenceClass } from './host/journal-tail.js';
import type { JournalEntry } from './journal/journal-entry.js';
import type { CallOutcome } from './journal/journal-event.js';
import { readPayload } from './journal/journal-reader.js';
import type { Script } from './run/script.js';

export interface ReplayDivergence {
  /** Entry of the journal; the one behind the last for a call that was not recorded. */
  readonly seq: number;
  readonly branch: string;
  readonly class: DivergenceClass;
  /** `null` for a call that was not recorded. */
  readonly recorded: ComparedCall | null;
  /** `null` for a recorded call that was not made. */
  readonly actual: ComparedCall | null;
}

export interface ComparedCall {
  readonly op: string;
  /** Canonical JSON of the arguments. */
  readonly arguments: string;
  /** Where the script calls, such as `report.lua:12`. */
  readonly where: string | null;
  /** The text of that line. */
  readonly line: string | null;
}

/** What the two sides of a replay ran. */
export interface ReplayedScripts {
  readonly recorded: Script;
  readonly actual: Script;
  /** The modules that both loaded are in here. */
  readonly entries: readonly JournalEntry[];
}

export async function explainDivergence(
  contents: ContentStore,
  { seq, branch, class: kind, recorded, actual }: Divergence,
  scripts: ReplayedScripts,
): Promise<ReplayDivergence> {
  const modules = await loadedModules(contents, scripts.entries);
  const lineIn = (script: Script, where: string | undefined) =>
    lineOf(new Map([...modules, [messageName(script.chunk.name), script.chunk.source]]), where);
  return {
    seq,
    branch,
    class: kind,
    recorded:
      recorded === undefined
        ? null
        : {
            op: recorded.event.op,
            arguments: Buffer.from(await readPayload(contents, recorded.event.args)).toString(),
            where: recorded.event.where ?? null,
            line: lineIn(scripts.recorded, recorded.event.where),
          },
    actual:
      actual === undefined
        ? null
        : {
            op: actual.op,
            arguments: actual.args,
            where: actual.where ?? null,
            line: lineIn(scripts.actual, actual.where),
          },
  };
}

/** `@report.lua` and `=stdin` are shown without their first character. */
function messageName(chunkName: string): string {
  return chunkName.slice(1);
}

function lineOf(
  sources: ReadonlyMap<string, Uint8Array>,
  where: string | undefined,
): string | null {
  const place = /^(.*):(\d+)$/.exec(where ?? '');
  const source = sources.get(place?.[1] ?? '');
  if (place === null || source === undefined) return null;
  return Buffer.from(source).toString().split(/\r?\n/)[Number(place[2]) - 1] ?? null;
}

/** The modules that the script had loaded, by the names that messages show. */
async function loadedModules(
  contents: ContentStore,
  entries: readonly JournalEntry[],
): Promise<Map<string, Uint8Array>> {
  const modules = new Map<string, Uint8Array>();
  for (const { event } of entries) {
    if (event.type === 'call' && event.op.startsWith('module.')) {
      const module = await moduleOf(contents, event);
      if (module !== undefined) modules.set(...module);
    }
  }
  return modules;
}

async function moduleOf(
  contents: ContentStore,
  { outcome }: CallOutcome,
): Promise<[string, Uint8Array] | undefined> {
  if (!outcome.ok) return undefined;
  const found = decodeResult(await readPayload(contents, outcome.value));
  if (!(found instanceof Map)) return undefined;
  const [path, source] = [found.get('path'), found.get('source')];
  if (typeof path !== 'string') return undefined;
  if (typeof source === 'string') return [path, Buffer.from(source)];
  return source instanceof Uint8Array ? [path, source] : undefined;
}
