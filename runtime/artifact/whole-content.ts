/** Reads a content into memory as a whole. */
import { throwIfAborted, tooLargeError, type WriteLimits } from '../content/body-writer.js';

/** @throws SpellError `TOO_LARGE` as soon as the limit is passed, `ABORTED` */
export async function wholeContent(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  { maxBytes = Number.POSITIVE_INFINITY, signal }: WriteLimits,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    throwIfAborted(signal);
    size += piece.length;
    if (size > maxBytes) throw tooLargeError(maxBytes);
    // The source may use its buffer again.
    pieces.push(content instanceof Uint8Array ? piece : new Uint8Array(piece));
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}
