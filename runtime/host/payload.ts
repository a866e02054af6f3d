/** Results and arguments of calls as the bytes that a journal keeps. */
import { canonicalJson } from '../base/canonical-json.js';
import { SpellError } from '../base/errors.js';
import type { HostValue } from '../base/value.js';
import type { HostResult } from '../engine/engine.js';
import { decodeResult } from '../engine/result-bytes.js';
import type { Hash } from '../journal/journal-entry.js';
import type { CallSite, RecordedError } from '../journal/journal-event.js';
import type { Operation } from './host-call.js';

/** Bytes in arguments longer than this stand in a record as their hash. */
const LONG_BYTES = 1024;

/** The most digests of arguments that are remembered, and the longest of those arguments. */
const KNOWN_DIGESTS = 100;
const KNOWN_LENGTH = 200;

/** The result as Lua gets it, of which these are the bytes. */
export function reread(result: HostResult, bytes: Uint8Array): HostResult {
  return typeof result === 'object' && result !== null ? decodeResult(bytes) : result;
}

/** DescribedArguments is the one text of a call's arguments, for people, and the digest that tells them from others. */
export interface DescribedArguments {
  readonly text: string;
  /** The same as bytes. */
  readonly bytes: Uint8Array;
  readonly digest: string;
}

interface KnownText {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

/** ArgumentDescriber knows the texts that were last: scripts make the same calls again and again. */
export class ArgumentDescriber {
  readonly #known = new Map<string, KnownText>();

  constructor(private readonly hash: Hash) {}

  describe({ shown }: Pick<Operation<unknown>, 'shown'>, args: unknown): DescribedArguments {
    const whole = shorten(args, this.hash) as HostValue;
    const text = canonicalJson(whole);
    // The digest is of everything, so that a run replays where nobody knows what its program had hidden.
    const { bytes, digest } = this.#look(text);
    if (shown === undefined) return { text, bytes, digest };
    const shownText = canonicalJson(shown(whole) as HostValue);
    return { text: shownText, bytes: Buffer.from(shownText), digest };
  }

  #look(text: string): KnownText {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text);
    const made = { bytes, digest: Buffer.from(this.hash(bytes)).toString('hex') };
    if (text.length > KNOWN_LENGTH) return made;
    if (this.#known.size === KNOWN_DIGESTS) this.#known.clear();
    this.#known.set(text, made);
    return made;
  }
}

/** Long bytes become their hash: equal contents stay equal, and a record stays readable. */
function shorten(value: unknown, hash: Hash): unknown {
  return hasLongBytes(value) ? shortened(value, hash) : value;
}

function hasLongBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Uint8Array) return value.length > LONG_BYTES;
  if (Array.isArray(value)) return value.some(hasLongBytes);
  if (value instanceof Map) {
    for (const item of value.values()) if (hasLongBytes(item)) return true;
    return false;
  }
  if (!isPlain(value)) return false;
  for (const name in value) if (hasLongBytes((value as Record<string, unknown>)[name])) return true;
  return false;
}

function shortened(value: unknown, hash: Hash): unknown {
  if (value instanceof Uint8Array) {
    if (value.length <= LONG_BYTES) return value;
    return { blake3: Buffer.from(hash(value)).toString('hex'), bytes: value.length };
  }
  if (Array.isArray(value)) return value.map((item) => shortened(item, hash));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [key, shortened(item, hash)]));
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, shortened(item, hash)]),
  );
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Of the hash, in an idempotency key. */
const KEY_BYTES = 16;

/** The same for every attempt at one call, different for each call, run and generation of forks. */
export function idempotencyKey(
  { run, generation, hash }: { run: string; generation: number; hash: Hash },
  { branch, ordinal }: Pick<CallSite, 'branch' | 'ordinal'>,
): string {
  const { buffer, byteOffset } = hash(Buffer.from(`${run}\0${branch}\0${ordinal}\0${generation}`));
  return Buffer.from(buffer, byteOffset, KEY_BYTES).toString('hex');
}

export function encodeError(error: SpellError): RecordedError {
  const { code, message, hint, key, details } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(key === undefined ? {} : { key }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

export function decodeError({ code, message, ...context }: RecordedError): SpellError {
  return new SpellError(code, message, context);
}
