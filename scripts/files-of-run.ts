/** Tells which files of a built command line a run of a small script loads. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REPORT = `process.on('exit', () => {
  require('node:fs').writeFileSync('files.json', JSON.stringify(Object.keys(require.cache)));
});`;

/**
 * @param main The built command line.
 * @param options Options of `llmspell run`.
 * @returns The paths of the files that the second run loads: the first one makes what later ones find made.
 */
export function filesOfRun(main: string, options: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-build-'));
  writeFileSync(join(folder, 'hello.lua'), "print('hello')\n");
  writeFileSync(join(folder, 'report.cjs'), REPORT);
  const args = ['--require', './report.cjs', main, 'run', ...options, 'hello.lua'];
  const env = { PATH: process.env.PATH ?? '', LLMSPELL_HOME: folder };
  for (let run = 1; run <= 2; run += 1) {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env });
    if (status !== 0) throw new Error(`llmspell run ${options.join(' ')} failed: ${stderr}`);
  }
  const files = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8'));
  rmSync(folder, { recursive: true });
  return files;
}
