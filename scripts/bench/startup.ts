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
  const [bare = 0, run = 0] = await measure(
    [
      { name: 'node', run: () => start('-e', '0') },
      { name: 'llmspell', run: () => start(main, 'run', 'hello.lua', '--storage', 'memory') },
    ],
    { warmUps: 2, rounds: 21 },
  );
  rmSync(folder, { recursive: true });
  printTable('Start of a process, median of 21', [
    ['command', 'time', 'ratio', 'goal', ''],
    ['node -e 0', formatTime(bare), '1x', '', ''],
    [
      'llmspell run hello.lua --storage memory',
      formatTime(run),
      formatRatio(run / bare),
      `${GOAL}x`,
      formatGoal(run / bare <= GOAL),
    ],
  ]);
}
