/**
 * Redactor takes out of data what must not be stored, with the function that the embedding program gave. Keys, ids and
 * numbers stay as they are: they name things, and what is found by its name must stay findable.
 */
import { SpellError } from './errors.js';
import type { Secrets } from './secret.js';
import { utf8Text } from './utf8.js';
import { Float } from './value.js';

/**
 * RedactPlace is where data is on its way to.
 *
 * | place | what |
 * | --- | --- |
 * | `content` | the content of an artifact, in one piece |
 * | `metadata` | names, descriptions, tags and metadata of sessions and artifacts, and why a session failed |
 * | `message` | what is said in a session, and what models and tools are told |
 * | `state` | values of `State`, of events that are sent to a session, and of checkpoints |
 * | `input` | what a script gets: arguments, variables, input, files, the environment, results of tools, errors |
 * | `record` | the arguments of calls, as records of runs show them |
 * | `output` | what a script prints and returns, and the error that it ends with |
 */
export type RedactPlace =
  | 'content'
  | 'metadata'
  | 'message'
  | 'state'
  | 'input'
  | 'record'
  | 'output';

/**
 * Redact answers what is kept in place of `data`, which is text, or bytes that are not UTF-8. It answers at once, and
 * leaves its own replacements alone. What it throws refuses the data.
 */
export type Redact = (data: string | Uint8Array, place: RedactPlace) => string | Uint8Array;

/** Shorter secrets are too likely to be part of something else. */
const MIN_SECRET_LENGTH = 6;

/**
 * The redactor of a runtime: the values of its secrets become `[secret NAME]`, the rest is what `redact` answers;
 * `undefined` when there is nothing to look for.
 */
export function redactorOf(secrets: Secrets, redact: Redact | undefined): Redactor | undefined {
  if (secrets.names().length === 0) return redact && new Redactor(redact);
  return new Redactor((data, place) => {
    const kept = withoutSecrets(data, secrets);
    return redact === undefined ? kept : redact(kept, place);
  });
}

function withoutSecrets(data: string | Uint8Array, secrets: Secrets): string | Uint8Array {
  const known = secrets.names().map((name) => ({ name, value: secrets.trustedValue(name) ?? '' }));
  // The longest first: one may be the beginning of another.
  return known
    .filter(({ value }) => value.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.value.length - a.value.length)
    .reduce((rest, { name, value }) => replaced(rest, value, name), data);
}

function replaced<T extends string | Uint8Array>(data: T, value: string, name: string): T {
  const mark = `[secret ${name}]`;
  if (typeof data === 'string') return data.replaceAll(value, () => mark) as T;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (!bytes.includes(value)) return data;
  // One character for each byte, so that nothing else changes.
  const text = bytes.toString('latin1');
  const search = Buffer.from(value).toString('latin1');
  return new Uint8Array(
    Buffer.from(
      text.replaceAll(search, () => mark),
      'latin1',
    ),
  ) as T;
}

export class Redactor {
  /** Errors of this redactor: they say what the function said, and nothing of the data. */
  readonly #refusals = new WeakSet<SpellError>();

  constructor(private readonly redact: Redact) {}

  /** @throws SpellError `POLICY_DENIED` when the function refuses the text. */
  text(text: string, place: RedactPlace): string {
    const kept = this.#ask(text, place);
    return typeof kept === 'string' ? kept : Buffer.from(kept).toString('utf8');
  }

  /** Bytes that are text are shown as text. Throws what {@link text} throws. */
  bytes(bytes: Uint8Array, place: RedactPlace): Uint8Array {
    const text = utf8Text(bytes);
    const kept = this.#ask(text ?? bytes, place);
    if (kept === text) return bytes;
    return typeof kept === 'string' ? Buffer.from(kept, 'utf8') : kept;
  }

  /** Plain data with all its texts and bytes, at any depth. Throws what {@link text} throws. */
  value<T>(value: T, place: RedactPlace): T {
    return this.#walk(value, place) as T;
  }

  /** An error that has nothing to hide: never throws, since it tells what went wrong. */
  error(error: SpellError): SpellError {
    if (this.#refusals.has(error)) return error;
    const { code, file, line, column, key, cause } = error;
    const shown = (text: string | undefined) =>
      text === undefined ? undefined : this.#textOrNothing(text);
    const details = Object.entries(error.details).map(([name, value]) => [
      name,
      typeof value === 'string' ? this.#textOrNothing(value) : value,
    ]);
    return new SpellError(code, this.#textOrNothing(error.message), {
      ...{ file, line, column, key, cause },
      hint: shown(error.hint),
      traceback: shown(error.traceback),
      details: Object.fromEntries(details),
    });
  }

  #textOrNothing(text: string): string {
    try {
      return this.text(text, 'input');
    } catch {
      return '(refused by redact)';
    }
  }

  #walk(value: unknown, place: RedactPlace): unknown {
    if (typeof value === 'string') return this.#ask(value, place);
    if (typeof value !== 'object' || value === null || value instanceof Float) return value;
    if (value instanceof Uint8Array) return this.bytes(value, place);
    if (Array.isArray(value)) return value.map((item) => this.#walk(item, place));
    if (value instanceof Map) {
      return new Map([...value].map(([key, item]) => [key, this.#walk(item, place)]));
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.#walk(item, place)]),
    );
  }

  #ask(data: string | Uint8Array, place: RedactPlace): string | Uint8Array {
    if (data.length === 0) return data;
    let kept: unknown;
    try {
      kept = this.redact(data, place);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw this.#refusal(place, reason, thrown);
    }
    if (typeof kept === 'string' || kept instanceof Uint8Array) return kept;
    throw this.#refusal(
      place,
      `it answered ${kept instanceof Promise ? 'a promise' : typeof kept}`,
    );
  }

  #refusal(place: RedactPlace, reason: string, cause?: unknown): SpellError {
    const message = `redact refused data of the kind '${place}': ${reason}`;
    const refusal = new SpellError('POLICY_DENIED', message, {
      hint: 'The function redact of the program that runs the script answers text or bytes at once.',
      details: { place },
      cause,
    });
    this.#refusals.add(refusal);
    return refusal;
  }
}
