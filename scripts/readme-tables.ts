/**
 * Writes the tables of README.md that say what the source says: commands, tools, exit statuses, configuration.
 *
 *     npm run build && node dist/scripts/readme-tables.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { COMMANDS } from '../bindings/cli/command-list.js';
import { describeKeys } from '../config/describe.js';
import { systemClock } from '../runtime/base/clock.js';
import { EXIT_STATUS } from '../runtime/base/errors.js';
import { builtinTools } from '../runtime/tool/builtin/builtin-tools.js';
import { machineTools } from '../runtime/tool/builtin/machine-tools.js';
import { networkTools } from '../runtime/tool/builtin/network-tools.js';
import { Network } from '../runtime/tool/network/network.js';
import type { Tool } from '../runtime/tool/tool.js';

/** The text of README.md with its tables as they are now. */
export function withCurrentTables(readme: string): string {
  const tables = {
    commands: commandTable(),
    tools: toolTable(builtinTools),
    'machine tools': toolTable(machineTools),
    'network tools': toolTable(networkTools(closedNetwork())),
    'exit statuses': statusTable(),
    configuration: keyTable(),
  };
  let text = readme;
  for (const [name, table] of Object.entries(tables)) text = withTable(text, name, table);
  return text;
}

/** A table stands between two comments, `<!-- name -->` and `<!-- /name -->`. */
function withTable(readme: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(readme)) throw new Error(`README.md has no place for the table "${name}"`);
  return readme.replace(place, (_, start, end) => `${start}${table}${end}`);
}

function commandTable(): string {
  const rows = COMMANDS.map(({ name, args, summary }) => {
    const usage = `llmspell ${name} ${args}`.trim();
    return [`\`${usage}\``, summary];
  });
  return tableOf(['Command', 'What it does'], rows);
}

function closedNetwork(): Network {
  return new Network({ hosts: [], settings: {}, clock: systemClock });
}

function toolTable(tools: readonly Tool[]): string {
  const rows = tools
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, description, parameters }) => {
      const names = Object.keys(parameters.properties as object);
      return [`\`${name}\``, description, names.map((argument) => `\`${argument}\``).join(', ')];
    });
  return tableOf(['Tool', 'What it does', 'Arguments'], rows);
}

function statusTable(): string {
  const statuses = [...new Set(Object.values(EXIT_STATUS))].sort((a, b) => a - b);
  const rows = statuses.map((status) => {
    const codes = Object.entries(EXIT_STATUS).filter(([, of]) => of === status);
    return [String(status), codes.map(([code]) => `\`${code}\``).join(', ')];
  });
  return tableOf(['Exit status', 'Codes'], [['0', 'no error'], ...rows]);
}

function keyTable(): string {
  const rows = describeKeys().map(({ table, key, description, fallback }) => [
    `\`${table}\``,
    `\`${key}\``,
    fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``,
    description,
  ]);
  return tableOf(['Table', 'Key', 'Default', 'Meaning'], rows);
}

function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync('README.md', withCurrentTables(readFileSync('README.md', 'utf8')));
}
