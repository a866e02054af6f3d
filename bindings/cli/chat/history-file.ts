/** HistoryFile keeps what was typed in chats, line by line, for the next one. Only its user may read it. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Lines that are offered again; the file has at most twice as many. */
const MAX_LINES = 1000;
/** Longer ones are not kept: nobody looks for them with a key. */
const MAX_LINE_BYTES = 4096;

export class HistoryFile {
  /** Oldest first. */
  #lines: string[] = [];
  /** Lines in the file. */
  #stored = 0;
  #hasFailed = false;

  /**
   * @param redacted What is kept of a line.
   * @param onFailure Told once, when the file can't be read or written: nothing is kept from then on.
   */
  constructor(
    private readonly file: string,
    private readonly redacted: (line: string) => string,
    private readonly onFailure: (message: string) => void,
  ) {
    this.#attempt(() => this.#read());
  }

  /** The newest first. */
  get lines(): readonly string[] {
    return this.#lines.toReversed();
  }

  /** Keeps a line, unless it is the same as the one before. */
  add(line: string): void {
    if (line.trim() === '' || Buffer.byteLength(line) > MAX_LINE_BYTES) return;
    this.#attempt(() => {
      const kept = this.redacted(line);
      if (kept === this.#lines.at(-1)) return;
      this.#lines.push(kept);
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      appendFileSync(this.file, `${kept}\n`, { mode: 0o600 });
      this.#stored += 1;
      if (this.#stored >= 2 * MAX_LINES) this.#shorten();
    });
  }

  #read(): void {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw thrown;
    }
    chmodSync(this.file, 0o600);
    const lines = text.split('\n').filter((line) => line !== '');
    this.#stored = lines.length;
    this.#lines = lines.slice(-MAX_LINES);
  }

  /** Other chats may have added lines meanwhile. */
  #shorten(): void {
    this.#read();
    const part = `${this.file}.part-${process.pid}`;
    try {
      writeFileSync(part, `${this.#lines.join('\n')}\n`, { mode: 0o600 });
      renameSync(part, this.file);
    } catch (thrown) {
      rmSync(part, { force: true });
      throw thrown;
    }
    this.#stored = this.#lines.length;
  }

  #attempt(action: () => void): void {
    if (this.#hasFailed) return;
    try {
      action();
    } catch (thrown) {
      this.#hasFailed = true;
      this.onFailure(`what is typed is not kept: ${(thrown as Error).message}`);
    }
  }
}
