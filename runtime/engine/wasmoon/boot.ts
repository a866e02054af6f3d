import { IMAGE_PAGE_BYTES, type ImagePage } from '../engine.js';
import type { Library } from './library.js';
import type { TextAreas } from './text-memory.js';

/**
 * Boot is a VM that has run its preludes and nothing else: the same for all that are made of the same preludes and
 * functions. One made from it saves running them again.
 */
export interface Boot {
  /** Bytes of memory that the VM had. */
  readonly size: number;
  /** The pages of its memory that are not empty. */
  readonly pages: readonly ImagePage[];
  readonly host: BootHost;
}

/** BootHost is what the host knows of a {@link Boot}: plain numbers. */
export interface BootHost {
  readonly L: number;
  /** Address of the mode that chunks are loaded in. */
  readonly textMode: number;
  readonly areas: TextAreas;
  readonly library: Library;
}

/**
 * BootCache keeps a {@link Boot} from process to process. What is read from it is used only when it is whole: memory
 * that is not exactly what the preludes made would be in every photograph of a run.
 */
export interface BootCache {
  /** What was kept last by the same build of the program. */
  read(): Uint8Array | undefined;
  /** Keeps it if that is possible; nothing depends on it. */
  write(bytes: Uint8Array): void;
}

interface Header {
  readonly signature: string;
  readonly size: number;
  /** The numbers of the pages whose bytes follow. */
  readonly pages: readonly number[];
  readonly sum: number;
  readonly host: BootHost;
}

/** Bytes of the number that tells how long the header is. */
const PREFIX_BYTES = 4;

/** Pages begin at a multiple of it. */
const WORD_BYTES = 4;

export function readBoot(cache: BootCache, signature: string): Boot | undefined {
  const bytes = cache.read();
  if (bytes === undefined || bytes.length < PREFIX_BYTES) return undefined;
  const { buffer, byteOffset, length } = bytes;
  const end = Math.min(length, PREFIX_BYTES + viewOf(bytes).getUint32(0, true));
  const header = parseHeader(Buffer.from(buffer, byteOffset + PREFIX_BYTES, end - PREFIX_BYTES));
  // Its parts are made quicker than those of a buffer.
  const memory = new Uint8Array(buffer, byteOffset + end, length - end);
  if (header === undefined || header.signature !== signature) return undefined;
  if (memory.length !== header.pages.length * IMAGE_PAGE_BYTES) return undefined;
  if (sumOf(memory) !== header.sum) return undefined;
  const pages = header.pages.map((page, i) => {
    const start = i * IMAGE_PAGE_BYTES;
    return { page, bytes: memory.subarray(start, start + IMAGE_PAGE_BYTES) };
  });
  return { size: header.size, pages, host: header.host };
}

export function writeBoot(cache: BootCache, signature: string, boot: Boot): void {
  const { size, host } = boot;
  const memory = new Uint8Array(boot.pages.length * IMAGE_PAGE_BYTES);
  boot.pages.forEach(({ bytes }, i) => {
    memory.set(bytes, i * IMAGE_PAGE_BYTES);
  });
  const pages = boot.pages.map(({ page }) => page);
  const header: Header = { signature, size, pages, sum: sumOf(memory), host };
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / WORD_BYTES) * WORD_BYTES));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length);
  cache.write(Buffer.concat([prefix, text, memory]));
}

function parseHeader(bytes: Buffer): Header | undefined {
  try {
    const header = JSON.parse(bytes.toString()) as Header | null;
    return Array.isArray(header?.pages) ? (header as Header) : undefined;
  } catch {
    return undefined;
  }
}

/** One of so many words is looked at: a disk loses sectors, and looking at all would take longer than reading. */
const SUM_STRIDE = 64 / WORD_BYTES;

/** FNV-1a over words: finds a file of which a part was never written, as after a loss of power. */
function sumOf(memory: Uint8Array): number {
  const { buffer, byteOffset, length } = memory;
  if (byteOffset % WORD_BYTES !== 0) return sumOf(new Uint8Array(memory));
  const words = new Int32Array(buffer, byteOffset, length / WORD_BYTES);
  let sum = 0x811c9dc5;
  for (let at = 0; at < words.length; at += SUM_STRIDE) {
    sum = Math.imul(sum ^ (words[at] as number), 0x01000193);
  }
  return sum;
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
