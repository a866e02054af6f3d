/** `llmspell stats` */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostObject } from '../../../runtime/base/value.js';
import type { OperationTime } from '../../../runtime/host/operation-times.js';
import type { RuntimeStats } from '../../../runtime/index.js';
import type { Amount, StorageStats } from '../../../runtime/run-archive.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { sizeText } from '../render/formats.js';
import { type Column, tableText } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';

interface Stats {
  /** What the storage holds, and what its records tell of earlier runs. */
  readonly stored: StorageStats;
  /** What sessions, artifacts and contents are. */
  readonly live: RuntimeStats;
  readonly location: string | undefined;
  /** Bytes of the files; `null` where there are none. */
  readonly databaseBytes: number | null;
}

export async function showStats(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const stats = await withRuntime(invocation, async (runtime): Promise<Stats> => {
    const { location } = (await runtime.services.stores()).backend;
    const databaseBytes = location === undefined ? null : folderBytes(location);
    const [stored, live] = [await runtime.archive.stats(), await runtime.stats()];
    return { stored, live, location, databaseBytes };
  });
  await terminal.result(toJson(stats), () => print(terminal, stats));
  return EXIT_OK;
}

function toJson({ stored, live, location, databaseBytes }: Stats): HostObject {
  const { runs, sessions, artifacts, contents, operations, ...rest } = stored;
  const { byStatus, ...runAmount } = runs;
  return {
    runs: { ...runAmount, by_status: { ...byStatus } },
    ...Object.fromEntries(Object.entries(rest).map(([name, one]) => [name, { ...one }])),
    sessions: { ...sessions, open: live.sessions.open, by_status: { ...live.sessions.byStatus } },
    artifacts: {
      ...artifacts,
      content_bytes: live.artifacts.size,
      by_type: { ...live.artifacts.byType },
    },
    contents: {
      ...contents,
      plain_bytes: live.contents.bytes,
      referenced_bytes: live.contents.referencedBytes,
      dedup_ratio: live.contents.dedupRatio,
      compression_ratio: live.contents.compressionRatio,
    },
    operations: Object.fromEntries(
      Object.entries(operations).map(([op, { count, errors, totalMs, meanMs, maxMs }]) => [
        op,
        { count, errors, total_ms: totalMs, mean_ms: meanMs, max_ms: maxMs },
      ]),
    ),
    database_bytes: databaseBytes,
    location: location ?? null,
  };
}

type Row<T> = T & { readonly name: string };

async function print(terminal: Terminal, stats: Stats): Promise<void> {
  const { stored, live, location, databaseBytes } = stats;
  const paint = await terminal.paint(1);
  const { operations, ...amounts } = stored;
  const kinds: Column<Row<Amount & { details: string }>>[] = [
    { title: 'WHAT', text: ({ name }) => name },
    { title: 'COUNT', align: 'right', text: ({ count }) => String(count) },
    { title: 'SIZE', align: 'right', text: ({ bytes }) => sizeText(bytes) },
    { title: 'DETAILS', text: ({ details }) => details },
  ];
  const details = detailsOf(stored, live);
  const rows = Object.entries(amounts).map(([name, { count, bytes }]) => ({
    name,
    count,
    bytes,
    details: details[name] ?? '',
  }));
  terminal.out(tableText(rows, kinds, paint));
  const times: Column<Row<OperationTime>>[] = [
    { title: 'CALL', text: ({ name }) => name },
    { title: 'COUNT', align: 'right', text: ({ count }) => String(count) },
    { title: 'ERRORS', align: 'right', text: ({ errors }) => String(errors) },
    { title: 'MEAN MS', align: 'right', text: ({ meanMs }) => meanMs.toFixed(1) },
    { title: 'MAX MS', align: 'right', text: ({ maxMs }) => maxMs.toFixed(1) },
  ];
  const calls = Object.entries(operations).map(([name, time]) => ({ name, ...time }));
  if (calls.length > 0) terminal.out(`\n${tableText(calls, times, paint)}`);
  if (databaseBytes !== null) {
    terminal.out(`\ndatabase ${sizeText(databaseBytes)} in ${location}\n`);
  }
}

/** What there is to say of a kind besides its number and its size. */
function detailsOf(stored: StorageStats, { sessions, artifacts, contents }: RuntimeStats) {
  const details: Readonly<Record<string, string>> = {
    runs: counts(stored.runs.byStatus),
    sessions: counts(sessions.byStatus),
    artifacts: counts(artifacts.byType),
    contents:
      contents.count === 0
        ? ''
        : `${contents.dedupRatio.toFixed(2)}x by sharing, ` +
          `${contents.compressionRatio.toFixed(2)}x by compression`,
  };
  return details;
}

/** `2 active, 1 completed` */
function counts(byName: Readonly<Record<string, number>>): string {
  const some = Object.entries(byName).filter(([, count]) => count > 0);
  return some.map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Bytes of the files in a folder. */
function folderBytes(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { name }) => sum + statSync(join(folder, name)).size, 0);
}
