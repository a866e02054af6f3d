/** README.md says what is so: its tables come from the source, its examples run and print what it shows. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { Runtime } from '../bindings/node/index.js';
import { withCurrentTables } from '../scripts/readme-tables.js';
import { machine } from './cli/command-line.js';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The block of code behind a comment `<!-- name -->`. */
function block(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(README);
  return found?.[1] ?? '';
}

async function outputOf(
  start: (runtime: Runtime, options: object) => PromiseLike<unknown>,
  configPath = join(ROOT, 'llmspell.toml'),
) {
  const runtime = await Runtime.open({ configPath });
  let output = '';
  const onOutput = (_: string, bytes: Uint8Array) => {
    output += Buffer.from(bytes).toString();
  };
  await start(runtime, { onOutput });
  await runtime.close();
  return output;
}

describe('README.md', () => {
  it('has the tables that the source has: node dist/scripts/readme-tables.js writes them', () => {
    expect(README).toBe(withCurrentTables(README));
  });

  it('shows what the quick start prints', async () => {
    const file = join(ROOT, 'examples/lua/quickstart.lua');
    const output = await outputOf((runtime, options) => runtime.run(file, options));
    const comparable = (text: string) =>
      text.replace(/Session [0-9a-f-]{36}/, 'Session').replace(/ +$/gm, '');
    expect(comparable(output)).toBe(comparable(block('quickstart')));
  });

  it('shows what its script prints', async () => {
    const script = block('script');
    const output = await outputOf((runtime, options) => runtime.eval(script, options));
    expect(output).toBe(block('script output'));
  });

  it('shows the program of examples/node, and what it prints', () => {
    const file = join(ROOT, 'examples/node/embed.mjs');
    expect(block('embedding')).toBe(readFileSync(file, 'utf8'));
    expect(inject('buildError')).toBe('');
    const output = execFileSync(process.execPath, [file], { cwd: ROOT, encoding: 'utf8' });
    expect(output).toBe(block('embedding output'));
  });

  it('shows how a conversation goes', async () => {
    const [command = '', ...lines] = block('conversation').split('\n');
    const [, config = '', file = ''] = /--config (\S+) (\S+)$/.exec(command) ?? [];
    const output = await outputOf(
      (runtime, options) => runtime.run(join(ROOT, file), options),
      join(ROOT, config),
    );
    const comparable = (text: string) =>
      text.replace(/\d{4}-\d\d-\d\d/g, 'DATE').replace(/\d\d:\d\d:\d\d/, 'TIME');
    expect(comparable(output)).toBe(comparable(lines.join('\n')));
  });

  it('shows how a chat goes', async () => {
    const user = machine();
    const [command = '', ...lines] = block('chat').trimEnd().split('\n');
    const said = lines.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
    const config = join(ROOT, /--config (\S+)$/.exec(command)?.[1] ?? '');
    const input = said.map((line) => `${line}\n`).join('');
    const { status, stdout, stderr } = await user.call(['chat', '--config', config], { input });
    expect(status).toBe(0);
    const notes = /^(session |go on with: |\S+ answers)/;
    const isNote = (line: string) => notes.test(line);
    const answers = lines.filter((line) => !line.startsWith('> ') && !isNote(line));
    expect(stdout.trimEnd().split('\n')).toEqual(answers);
    // A terminal has a line before the first one, and one behind the last one.
    const comparable = (line: string) => line.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-\w+/, 'ID');
    expect(stderr.trimEnd().split('\n').map(comparable)).toEqual(
      lines.filter(isNote).slice(1, -1).map(comparable),
    );
  });

  it.each(['README.md', 'runtime/README.md'])('%s links to files that exist', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] as string);
    const missing = links.filter((link) => !existsSync(join(ROOT, dirname(file), link)));
    expect(missing).toEqual([]);
  });
});
