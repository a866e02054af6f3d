/** `llmspell stats` */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Amount } from '../../../runtime/run-archive.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { sizeText } from '../render/formats.js';
import { type Column, tableText } from '../render/table.js';

interface Row extends Amount {
  readonly name: string;
}

export async function showStats(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const [stats, location] = await withRuntime(invocation, async (runtime) => {
    const { backend } = await runtime.services.stores();
    return [await runtime.archive.stats(), backend.location] as const;
  });
  const database = location === undefined ? null : folderBytes(location);
  const { runs, ...rest } = stats;
  const { byStatus, ...amount } = runs;
  const data = {
    runs: { ...amount, by_status: { ...byStatus } },
    ...Object.fromEntries(Object.entries(rest).map(([name, one]) => [name, { ...one }])),
    database_bytes: database,
    location: location ?? null,
  };
  await terminal.result(data, async () => {
    const rows = [{ name: 'runs', ...amount }, ...Object.entries(rest).map(rowOf)];
    const columns: Column<Row>[] = [
      { title: 'WHAT', text: ({ name }) => name },
      { title: 'COUNT', align: 'right', text: ({ count }) => String(count) },
      { title: 'SIZE', align: 'right', text: ({ bytes }) => sizeText(bytes) },
    ];
    terminal.out(tableText(rows, columns, await terminal.paint(1)));
    if (database !== null) terminal.out(`database ${sizeText(database)} in ${location}\n`);
  });
  return EXIT_OK;
}

function rowOf([name, amount]: [string, Amount]): Row {
  return { name, ...amount };
}

/** Bytes of the files in a folder. */
function folderBytes(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { name }) => sum + statSync(join(folder, name)).size, 0);
}
