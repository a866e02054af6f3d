/**
 * ProgramFile is a file of the program: one function, as Node makes of every module, compiled with the code that V8
 * made of it in an earlier process where there is one. It runs when somebody first asks for its exports.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import type { StartCache } from './start-cache.js';

export class ProgramFile {
  readonly id: string;
  readonly filename: string;
  readonly loaded = true;
  readonly children: readonly NodeJS.Module[] = [];
  #exports: object | undefined;
  /** What V8 has compiled and nobody has kept. */
  #newScript: Script | undefined;

  /** @param folder Where the file is, with all others of the program. */
  constructor(
    folder: string,
    private readonly name: string,
    private readonly cache: StartCache,
    private readonly require: NodeJS.Require,
  ) {
    this.filename = join(folder, `${name}.cjs`);
    this.id = this.filename;
  }

  get exports(): object {
    if (this.#exports === undefined) {
      // Files of the program may ask for each other in a circle.
      this.#exports = {};
      this.#run(this.#exports);
    }
    return this.#exports;
  }

  /** Keeps the code that was compiled here, with all functions that have run so far. */
  keepCode(): void {
    if (this.#newScript === undefined) return;
    this.cache.write(this.name, this.#newScript.createCachedData());
  }

  #run(exports: object): void {
    const { filename, require } = this;
    const cachedData = this.cache.read(this.name) as Buffer | undefined;
    const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
    if (script.cachedDataRejected !== false) this.#newScript = script;
    script.runInThisContext()(exports, require, this, filename, dirname(filename));
  }
}
