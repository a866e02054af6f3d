/** The program behind `main.ts`: runs the command line and ends with its exit status. */
import { writeSync } from 'node:fs';
import { EXIT_STATUS } from '../../runtime/base/errors.js';
import { runCommandLine } from './command-line.js';
import type { StartCache } from './start-cache.js';

/** @param beforeExit Called once everything is done. */
export function main(cache: StartCache, beforeExit: () => void): void {
  process.on('uncaughtException', async (thrown) => {
    try {
      const { exitAfterCrash } = await import('./crash.js');
      exitAfterCrash(thrown);
    } catch {
      // The files of the program are gone, as they are when it is installed anew: this would never end.
      writeSync(2, `${thrown.stack}\n`);
      process.exit(EXIT_STATUS.INTERNAL);
    }
  });
  // Everything was written when a command returns, so leaving at once loses nothing; what still waits, such as a read
  // from the terminal, must not keep the program alive.
  runCommandLine(process.argv.slice(2), cache).then((status) => {
    beforeExit();
    process.exit(status);
  });
}
