/** How long `llmspell run hello.lua` takes beside the bare start of Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../../runtime/base/package-file.js';
import { formatGoal, formatRatio, formatTime, measure, printTable } from './measure.js';

const GOAL = 2;

export async function benchStartup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  writeFileSync(join(folder, 'hello.lua'), "print('hello')\n");
  const { bin } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  const main = packageFile(bin.llmspell);
  const start = (...args: string[]) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env });
    if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  };
  const [bare = 0, inMemory = 0, kept = 0] = await measure(
    [
      { name: 'node', run: () => start('-e', '0') },
      { name: 'memory', run: () => start(main, 'run', '--storage', 'memory', 'hello.lua') },
      { name: 'kept', run: () => start(main, 'run', 'hello.lua') },
    ],
    { warmUps: 2, rounds: 21 },
  );
  const row = (command: string, time: number) => [
    command,
    formatTime(time),
    formatRatio(time / bare),
    `${GOAL}x`,
    formatGoal(time / bare <= GOAL),
  ];
  rmSync(folder, { recursive: true });
  printTable('Start of a process, median of 21', [
    ['command', 'time', 'ratio', 'goal', ''],
    ['node -e 0', formatTime(bare), '1x', '', ''],
    row('llmspell run --storage memory hello.lua', inMemory),
    row('llmspell run hello.lua, kept on LMDB', kept),
  ]);
}
