/**
 * StartCache keeps from process to process what makes the next start of the same build quicker: code that V8 has
 * compiled, and a VM that has booted. It lies in the user's cache folder; without it everything works, only later.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { BootCache } from '../../runtime/engine/wasmoon/boot.js';

export class StartCache {
  /**
   * @param folder The user's cache folder; it may be missing, or closed to us.
   * @param build Unlike that of every other build of the program and of Node.
   */
  constructor(
    private readonly folder: string,
    private readonly build: string,
  ) {}

  /** Keeps what the first VM of a process is made from. */
  readonly boot: BootCache = {
    read: () => {
      this.#hasBooted = true;
      return this.read('boot');
    },
    write: (bytes) => this.write('boot', bytes),
  };
  #hasBooted = false;

  /** True once this process has made a VM. */
  get hasBooted(): boolean {
    return this.#hasBooted;
  }

  /** What was written under this name by the same build, as far as anybody can tell. */
  read(name: string): Uint8Array | undefined {
    try {
      return readFileSync(this.#path(name));
    } catch {
      return undefined;
    }
  }

  /** Does nothing where the folder can't be written. */
  write(name: string, bytes: Uint8Array): void {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#removeOld();
      const path = this.#path(name);
      // Another process may read meanwhile: it sees all or nothing.
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, bytes, { mode: 0o600 });
      renameSync(draft, path);
    } catch {}
  }

  #path(name: string): string {
    return join(this.folder, `${PREFIX}${name}-${this.build}`);
  }

  /** Builds come and go; what one of them left is of no use to others. */
  #removeOld(): void {
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      const isOld = name.startsWith(PREFIX) && Date.now() - statSync(path).mtimeMs > MAX_AGE_MS;
      if (isOld) rmSync(path, { force: true });
    }
  }
}

const PREFIX = 'start-';
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;
