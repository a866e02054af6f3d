/**
 * The file of an exported run: a first line that names the format and its version, then frames, each a record that may
 * be compressed, at the end one with the hash of everything before it. Written and read piece by piece.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { type HostObject, isMap, type Value, type ValueMap } from '../base/value.js';
import { compress, decompress } from '../content/compression.js';
import { contentHasher } from '../content/content-address.js';

/** Frames of a file, in the order in which they stand there. */
export type Frame =
  /** The run's record. */
  | { readonly t: 'run'; readonly record: Uint8Array }
  /** A content of so many bytes, which follow in pieces. */
  | { readonly t: 'content'; readonly hash: string; readonly size: number }
  | { readonly t: 'piece'; readonly bytes: Uint8Array }
  /** Entries of the journal, checkpoints, pages, and records of sessions and what is theirs, several in each frame. */
  | { readonly t: ListName; readonly items: readonly Uint8Array[] };

export type ListName = (typeof LISTS)[number];

const LISTS = ['entries', 'checkpoints', 'pages', 'sessions', 'artifacts', 'belongings'] as const;

const NAME = 'llmspell-run';
/** The second one has the belongings of sessions. */
const VERSION = 2;
const MAX_LINE_BYTES = 64;

/** A frame begins with its stored and its plain length; the second is 0 when it is not compressed. */
const LENGTHS_BYTES = 8;
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** Smaller frames gain nothing from compression. */
const COMPRESSED_FROM_BYTES = 256;

/** A list goes to the file when it has grown to this size. */
const LIST_BYTES = 256 * 1024;

/** The bytes of a file. */
export async function* writeRunFile(
  frames: AsyncIterable<Frame>,
): AsyncGenerator<Uint8Array, undefined> {
  const hasher = await contentHasher();
  const line = Buffer.from(`${NAME} ${VERSION}\n`);
  hasher.update(line);
  yield line;
  for await (const frame of frames) {
    const bytes = await packed(frame);
    hasher.update(bytes);
    yield bytes;
  }
  yield await packed({ t: 'end', digest: hasher.digest() });
  return undefined;
}

/** Puts records into as few frames as is reasonable. */
export async function* inLists(
  t: ListName,
  records: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Frame> {
  let items: Uint8Array[] = [];
  let size = 0;
  for await (const record of records) {
    items.push(record);
    size += record.length;
    if (size < LIST_BYTES) continue;
    yield { t, items };
    [items, size] = [[], 0];
  }
  if (items.length > 0) yield { t, items };
}

/**
 * The frames of a file. Only when all were read it is known that the file is whole.
 *
 * @throws SpellError `RUN_FILE_CORRUPT`, `STORAGE_NEWER`
 */
export async function* readRunFile(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Frame> {
  const input = new ByteReader(source);
  const hasher = await contentHasher();
  let digest: string | undefined;
  try {
    hasher.update(checkLine(await input.line()));
    for (;;) {
      const { bytes, frame } = await readFrame(input);
      if (frame.get('t') === 'end') {
        digest = hasher.digest();
        if (digest !== frame.get('digest')) throw corruptFile('its bytes were changed');
        break;
      }
      hasher.update(bytes);
      yield frameOf(frame);
    }
    if (!(await input.isOver())) throw corruptFile('something follows its end');
  } finally {
    if (digest === undefined) hasher.dispose();
  }
}

/** The error of a file that can't be imported as it is. */
export function corruptFile(problem: string, cause?: unknown): SpellError {
  return new SpellError('RUN_FILE_CORRUPT', `this file is no whole exported run: ${problem}`, {
    hint: 'Export the run again with llmspell export; nothing was imported.',
    cause,
  });
}

async function packed(frame: HostObject): Promise<Uint8Array> {
  const plain = encodeRecord(frame);
  const small = plain.length >= COMPRESSED_FROM_BYTES ? await compress(plain) : undefined;
  const stored = small ?? plain;
  const bytes = Buffer.alloc(LENGTHS_BYTES + stored.length);
  bytes.writeUInt32BE(stored.length, 0);
  bytes.writeUInt32BE(small === undefined ? 0 : plain.length, 4);
  bytes.set(stored, LENGTHS_BYTES);
  return bytes;
}

async function readFrame(input: ByteReader): Promise<{ bytes: Uint8Array; frame: ValueMap }> {
  const lengths = await input.take(LENGTHS_BYTES);
  const view = new DataView(lengths.buffer, lengths.byteOffset, LENGTHS_BYTES);
  const [storedLength, plainLength] = [view.getUint32(0), view.getUint32(4)];
  if (Math.max(storedLength, plainLength) > MAX_FRAME_BYTES)
    throw corruptFile('a part is too long');
  const stored = await input.take(storedLength);
  try {
    const plain = plainLength === 0 ? stored : await decompress(stored, plainLength);
    const frame = decodeRecord(plain);
    if (!isMap(frame)) throw corruptFile('a part is not a record');
    return { bytes: Buffer.concat([lengths, stored]), frame };
  } catch (cause) {
    if (cause instanceof SpellError && cause.code === 'RUN_FILE_CORRUPT') throw cause;
    throw corruptFile('a part cannot be read', cause);
  }
}

function frameOf(fields: ValueMap): Frame {
  const t = fields.get('t');
  const [record, bytes, items] = [fields.get('record'), fields.get('bytes'), fields.get('items')];
  const [hash, size] = [fields.get('hash'), fields.get('size')];
  if (t === 'run' && record instanceof Uint8Array) return { t, record };
  if (t === 'piece' && bytes instanceof Uint8Array) return { t, bytes };
  if (t === 'content' && typeof hash === 'string' && typeof size === 'number') {
    return { t, hash, size };
  }
  if (isListName(t) && isBytesList(items)) return { t, items };
  throw corruptFile('a part is of no known kind');
}

function isListName(t: Value): t is ListName {
  return (LISTS as readonly Value[]).includes(t);
}

function isBytesList(items: Value): items is readonly Uint8Array[] {
  return Array.isArray(items) && items.every((item) => item instanceof Uint8Array);
}

function checkLine(line: Uint8Array): Uint8Array {
  const found = /^llmspell-run (\d+)\n$/.exec(Buffer.from(line).toString('latin1'));
  if (found === null) throw corruptFile('it does not begin like one');
  if (Number(found[1]) <= VERSION) return line;
  const message = `this file was written by a newer llmspell (format ${found[1]})`;
  throw new SpellError('STORAGE_NEWER', message, { hint: 'Update llmspell to import it.' });
}

/** ByteReader takes so many bytes at a time from pieces of any size. */
class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#pieces =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async take(count: number): Promise<Uint8Array> {
    const pieces = [this.#held];
    let length = this.#held.length;
    while (length < count) {
      const piece = await this.#next();
      if (piece === undefined) throw corruptFile('it ends too early');
      pieces.push(piece);
      length += piece.length;
    }
    const all = pieces.length === 1 ? this.#held : Buffer.concat(pieces);
    this.#held = all.subarray(count);
    return all.subarray(0, count);
  }

  /** The bytes up to the first line end. */
  async line(): Promise<Uint8Array> {
    const bytes: number[] = [];
    while (bytes.at(-1) !== 0x0a && bytes.length < MAX_LINE_BYTES) {
      bytes.push((await this.take(1))[0] as number);
    }
    return Uint8Array.from(bytes);
  }

  async isOver(): Promise<boolean> {
    while (this.#held.length === 0) {
      const piece = await this.#next();
      if (piece === undefined) return true;
      this.#held = piece;
    }
    return false;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#pieces.next();
    return done === true ? undefined : value;
  }
}
