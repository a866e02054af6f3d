/** TurnOutput writes the output of a turn as it comes: as it is for programs, printable for people. */
import { printable } from '../render/printable.js';
import type { Terminal } from '../render/terminal.js';

const NEWLINE = 0x0a;

export class TurnOutput {
  readonly #decoder = new TextDecoder();
  /** The last byte of the answer so far. */
  #last: number | undefined;

  /** @param isPerson Standard output is a terminal, which answers must not steer. */
  constructor(
    private readonly terminal: Terminal,
    private readonly isPerson: boolean,
  ) {}

  /** Takes what the turn writes. */
  readonly take = (_: 'stdout' | 'stderr', bytes: Uint8Array): void => {
    this.#last = bytes.at(-1) ?? this.#last;
    this.terminal.out(this.isPerson ? this.#text(bytes) : bytes);
  };

  /** Ends the line that the answer has left open. */
  end(): void {
    if (this.#last !== undefined && this.#last !== NEWLINE) this.terminal.out('\n');
  }

  #text(bytes: Uint8Array): string {
    return printable(this.#decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n'));
  }
}
