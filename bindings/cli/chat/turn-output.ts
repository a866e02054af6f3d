/**
 * TurnOutput writes the output of a turn as it comes: the answer, as it is for programs and printable for people, and a
 * line for each call of a tool.
 */
import type { Paint } from '../render/paint.js';
import { printable, printableLine } from '../render/printable.js';
import type { Terminal } from '../render/terminal.js';

const NEWLINE = 0x0a;
/** Characters of a call of a tool. */
const MAX_CALL = 160;

export interface TurnOutputOptions {
  /** Standard output is a terminal, which answers must not steer. */
  readonly isPerson: boolean;
  readonly paint: Paint;
}

export class TurnOutput {
  readonly #decoder = new TextDecoder();
  /** The last byte of the answer so far. */
  #last: number | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly options: TurnOutputOptions,
  ) {}

  /** Takes what the turn writes: its answer to `stdout`, a line for each call of a tool to `stderr`. */
  readonly take = (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
    if (stream === 'stderr') this.#call(Buffer.from(bytes).toString());
    else this.#answer(bytes);
  };

  /** Ends the line that the answer has left open. */
  end(): void {
    if (this.#last !== undefined && this.#last !== NEWLINE) this.terminal.out('\n');
    this.#last = undefined;
  }

  #answer(bytes: Uint8Array): void {
    this.#last = bytes.at(-1) ?? this.#last;
    this.terminal.out(this.options.isPerson ? this.#text(bytes) : bytes);
  }

  #call(text: string): void {
    this.end();
    const line = printableLine(text.trimEnd());
    const shown = line.length <= MAX_CALL ? line : `${line.slice(0, MAX_CALL - 1)}…`;
    this.terminal.note(this.options.paint.dim(shown));
  }

  #text(bytes: Uint8Array): string {
    return printable(this.#decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n'));
  }
}
