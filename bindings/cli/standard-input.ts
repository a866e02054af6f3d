/** Standard input, for scripts that read it, for scripts that are it, and for contents of artifacts. */

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
