/**
 * A look at an LMDB data file from outside, before LMDB maps it: a file of another kind, or one that was cut short,
 * would end the process with a signal that nothing can catch.
 *
 * The layout, little-endian: page 0 and page 1 are meta pages, the one with the higher transaction id counts. A page
 * starts with a header of 24 bytes; a meta page goes on with magic, version, address, map size, the roots of the free
 * tree and of the main tree, the number of the last page, and the transaction id.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type DataFile = 'absent' | 'lmdb' | 'foreign' | 'truncated';

const PAGE_HEADER = 24;
const META_END = 160;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const NO_PAGE = 2n ** 64n - 1n;

/** Flags of a page and of a node in a leaf. */
const BRANCH_PAGE = 0x01;
const LEAF_PAGE = 0x02;
const BIG_DATA = 0x01;
const SUB_TREE = 0x02;

/** Looks at a file that other processes keep writing to, before it is taken as it looks. */
const MAX_LOOKS = 5;
const PAUSE_MS = 20;

interface Meta {
  readonly pageSize: number;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/** What the file at `path` is. An empty one is `absent`: LMDB fills it. */
export async function inspectDataFile(path: string): Promise<DataFile> {
  const file = openExisting(path);
  if (file === undefined) return 'absent';
  try {
    let found = lookAt(file);
    // A file that another process is writing to may look damaged for a moment, so it has to look so twice.
    for (let look = 1; look < MAX_LOOKS && isBad(found.kind); look += 1) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const before = found.transaction;
      found = lookAt(file);
      if (found.transaction === before) break;
    }
    return found.kind;
  } finally {
    closeSync(file);
  }
}

interface Look {
  readonly kind: DataFile;
  /** The last transaction of the file; tells whether somebody wrote between two looks. */
  readonly transaction?: bigint;
}

function isBad(kind: DataFile): boolean {
  return kind === 'foreign' || kind === 'truncated';
}

function lookAt(file: number): Look {
  if (fstatSync(file).size === 0) return { kind: 'absent' };
  const meta = readMeta(file);
  if (typeof meta === 'string') return { kind: meta };
  const { transaction, pageSize } = meta;
  // The size is read after the meta page: a file only grows, and its pages are written before its meta page.
  const size = BigInt(fstatSync(file).size);
  if (size >= (meta.lastPage + 1n) * BigInt(pageSize)) return { kind: 'lmdb', transaction };
  // Free pages at the end need not exist, so a short file is whole when all pages in use are there.
  const isWhole = meta.roots.every((root) => isTreeWithin(file, root, pageSize, size));
  return { kind: isWhole ? 'lmdb' : 'truncated', transaction };
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function readMeta(file: number): Meta | 'foreign' | 'truncated' {
  const first = metaAt(file, 0);
  if (first === undefined) return 'foreign';
  const second = metaAt(file, first.pageSize);
  if (second === undefined) return 'truncated';
  return second.transaction > first.transaction ? second : first;
}

function metaAt(file: number, offset: number): Meta | undefined {
  const bytes = readAt(file, offset, META_END);
  if (bytes === undefined) return undefined;
  const isMeta = bytes.readUInt32LE(PAGE_HEADER) === MAGIC;
  const version = bytes.readUInt32LE(PAGE_HEADER + 4);
  const pageSize = bytes.readUInt32LE(48);
  const isPower = pageSize >= 256 && pageSize <= 65536 && (pageSize & (pageSize - 1)) === 0;
  if (!isMeta || version !== DATA_VERSION || !isPower) return undefined;
  return {
    pageSize,
    roots: [bytes.readBigUInt64LE(88), bytes.readBigUInt64LE(136)],
    lastPage: bytes.readBigUInt64LE(144),
    transaction: bytes.readBigUInt64LE(152),
  };
}

/** True when every page of a tree lies inside the file. */
function isTreeWithin(file: number, root: bigint, pageSize: number, size: bigint): boolean {
  const open = root === NO_PAGE ? [] : [root];
  const seen = new Set<bigint>();
  for (let page = open.pop(); page !== undefined; page = open.pop()) {
    if (seen.has(page) || (page + 1n) * BigInt(pageSize) > size) return false;
    seen.add(page);
    const bytes = readAt(file, Number(page) * pageSize, pageSize);
    if (bytes === undefined) return false;
    const flags = bytes.readUInt16LE(18);
    for (const node of nodesOf(bytes)) {
      if (node === undefined) return false;
      if ((flags & BRANCH_PAGE) !== 0) open.push(childOf(bytes, node));
      else if ((flags & LEAF_PAGE) === 0) return false;
      else if (!isLeafNodeWithin(bytes, node, pageSize, size)) return false;
    }
  }
  return true;
}

/** Offsets of a page's nodes; `undefined` for one that lies outside of the page. */
function* nodesOf(page: Buffer): Generator<number | undefined> {
  const count = page.readUInt16LE(20) >> 1;
  for (let index = 0; index < count; index += 1) {
    const pointer = PAGE_HEADER + index * 2;
    const node = pointer + 2 > page.length ? page.length : page.readUInt16LE(pointer) + PAGE_HEADER;
    yield node + 8 > page.length ? undefined : node;
  }
}

function childOf(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) | (BigInt(page.readUInt16LE(node + 4)) << 32n);
}

/** A big value lies on pages of its own; the node has the number of the first and how many they are. */
function isLeafNodeWithin(page: Buffer, node: number, pageSize: number, size: bigint): boolean {
  const flags = page.readUInt16LE(node + 4);
  const data = node + 8 + page.readUInt16LE(node + 6);
  // Sub-trees are a feature that our files don't use, so the file is not ours to judge; its format record decides.
  if ((flags & SUB_TREE) !== 0 || (flags & BIG_DATA) === 0) return true;
  if (data + 24 > page.length) return false;
  const end = page.readBigUInt64LE(data) + page.readBigUInt64LE(data + 16);
  return end * BigInt(pageSize) <= size;
}

function readAt(file: number, offset: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  return readSync(file, bytes, 0, length, offset) === length ? bytes : undefined;
}
