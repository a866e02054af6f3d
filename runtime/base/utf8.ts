/** The text of bytes that are UTF-8, or `undefined`. A byte order mark stays a character of the text. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text in front of the first byte that isn't UTF-8; all of it when every byte is. */
export function textBeforeFault(bytes: Uint8Array): string {
  const readable = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let from = 0;
  for (;;) {
    const at = readable.indexOf('\ufffd', from);
    if (at < 0) return readable;
    // The decoder writes U+FFFD for a fault, but the bytes may also hold that character.
    const offset = Buffer.byteLength(readable.slice(0, at));
    if (Buffer.compare(bytes.subarray(offset, offset + 3), REPLACEMENT) !== 0) {
      return readable.slice(0, at);
    }
    from = at + 1;
  }
}

const REPLACEMENT = Buffer.from('\ufffd');
