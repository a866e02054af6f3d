/** Standard input, for scripts that read it, for scripts that are it, for answers, and for contents of artifacts. */

/** The pieces of standard input as they come. */
export async function* inputPieces(): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of process.stdin) yield piece as Uint8Array;
  return undefined;
}

/** All of standard input. */
export async function readAllInput(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of inputPieces()) pieces.push(piece);
  return Buffer.concat(pieces);
}

const NEWLINE = 10;

/** StandardInput is shared by a script that reads and a person who answers: each piece is one's. */
export class StandardInput {
  readonly #pieces = inputPieces();
  /** The piece that is waited for; it is that reader's who sees it first. */
  #coming: Promise<IteratorResult<Uint8Array, undefined>> | undefined;
  #left: Uint8Array | undefined;

  /** The next piece; `undefined` at the end, and once nobody needs it. */
  async read(given?: Promise<undefined>): Promise<Uint8Array | undefined> {
    for (;;) {
      const left = this.#left;
      this.#left = undefined;
      if (left !== undefined) return left;
      this.#coming ??= this.#pieces.next();
      const coming = this.#coming;
      const came = await (given === undefined ? coming : Promise.race([coming, given]));
      if (came === undefined) return undefined;
      if (this.#coming !== coming) continue;
      this.#coming = undefined;
      return came.value;
    }
  }

  /** The next line; `undefined` at the end, and once nobody needs it. */
  async line(signal: AbortSignal): Promise<string | undefined> {
    const given = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    let line = Buffer.alloc(0);
    while (!signal.aborted) {
      const piece = await this.read(given);
      if (piece === undefined) break;
      line = Buffer.concat([line, piece]);
      const end = line.indexOf(NEWLINE);
      if (end === -1) continue;
      if (end + 1 < line.length) this.#left = line.subarray(end + 1);
      return line.subarray(0, end).toString().replace(/\r$/, '');
    }
    return signal.aborted || line.length === 0 ? undefined : line.toString();
  }
}
