/** What the formats of archives have in common: entries, and which of them are taken. */
import { SpellError } from '../../base/errors.js';
import { MAX_DEPTH } from '../tree.js';

export interface ArchiveEntry {
  /** Steps apart by `/`, without one at its end. */
  readonly name: string;
  readonly type: 'file' | 'folder';
  /** Bytes of the content, as the archive says. */
  readonly size: number;
  /** Seconds since 1970; `undefined` when the archive doesn't say. */
  readonly modified: number | undefined;
  /** Its owner may run it. No other bit of its mode is taken. */
  readonly executable: boolean;
  /** The content. @throws SpellError `TOOL_FAILED` when it is damaged. */
  read(): Promise<Buffer>;
}

export interface ArchiveLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly maxRatio: number;
}

/** A small archive may unpack to this much whatever its ratio is. */
const FREE_BYTES = 10 * 1024 * 1024;

/** Counts entries against the limits, before anything of them is unpacked. */
export class ArchiveMeter {
  #files = 0;
  #bytes = 0;

  /** @param packedBytes Size of the archive. */
  constructor(
    private readonly limits: ArchiveLimits,
    private readonly packedBytes: number,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that may come still. */
  get room(): number {
    const { maxBytes, maxRatio } = this.limits;
    return Math.min(maxBytes, Math.max(FREE_BYTES, this.packedBytes * maxRatio)) - this.#bytes;
  }

  /** @throws SpellError `TOO_LARGE` */
  add(size: number): void {
    this.#files += 1;
    this.#bytes += size;
    const { maxFiles, maxBytes, maxRatio } = this.limits;
    if (this.#files > maxFiles) throw tooMuch('max_files', maxFiles, `${maxFiles} entries`);
    if (this.#bytes > maxBytes) throw tooMuch('max_bytes', maxBytes, `${maxBytes} bytes`);
    if (this.room < 0) throw tooMuch('max_ratio', maxRatio, `${maxRatio} times its size`);
  }
}

export function tooMuch(limit: string, value: number, amount: string): SpellError {
  return new SpellError('TOO_LARGE', `the archive holds more than ${amount}`, {
    hint: `Raise ${limit} if that is what you expect.`,
    details: { [limit]: value },
  });
}

/**
 * The name of an entry, as it may be used below a folder.
 *
 * @throws SpellError `POLICY_DENIED` for one that leads out of it.
 */
export function entryName(raw: string): string {
  const name = raw.replace(/\/+$/, '');
  const steps = name.split('/').filter((step) => step !== '' && step !== '.');
  const isOutside =
    name.startsWith('/') || /^[A-Za-z]:/.test(name) || /[\\\0]/.test(name) || steps.includes('..');
  if (isOutside) throw refused(raw, 'leads out of the archive');
  if (steps.length > MAX_DEPTH) throw refused(raw, `is more than ${MAX_DEPTH} folders deep`);
  return steps.join('/');
}

/** @throws SpellError `POLICY_DENIED`, for what is neither file nor folder. */
export function refused(name: string, reason: string): SpellError {
  return new SpellError(
    'POLICY_DENIED',
    `the archive has the entry ${JSON.stringify(name)}, which ${reason}`,
    {
      hint: 'Nothing of such an archive is unpacked.',
      details: { rule: 'archive_entry', entry: name },
    },
  );
}

export function damaged(reason: string, cause?: unknown): SpellError {
  return new SpellError('TOOL_FAILED', `the archive is damaged, or of another format: ${reason}`, {
    hint: 'Name its format if its name does not.',
    cause,
  });
}
