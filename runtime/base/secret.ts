/**
 * Secret names a value that only its last user sees: an API key, a password. What is passed around, kept in journals
 * and printed is the name; the value is fetched where it is used.
 */
import { SpellError } from './errors.js';
import { type HostValue, isMap } from './value.js';

/** What `util.inspect` asks for; loading that for it would slow every start. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A secret as plain data, the form in which it crosses borders: `{ secret: "OPENAI_API_KEY" }`. */
export interface SecretHandle {
  readonly secret: string;
}

/** Secret is a handle that shows nothing but its name, wherever it is printed or written. */
export class Secret implements SecretHandle {
  constructor(readonly secret: string) {}

  toString(): string {
    return `[secret ${this.secret}]`;
  }

  toJSON(): SecretHandle {
    return { secret: this.secret };
  }

  [INSPECT](): string {
    return this.toString();
  }
}

/** The secret that a value of a script or a program is a handle of, or `undefined`. */
export function secretOf(value: unknown): Secret | undefined {
  if (value instanceof Secret) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const map = isMap(value as HostValue);
  const fields = map ? [...(value as ReadonlyMap<unknown, unknown>)] : Object.entries(value);
  const [field, ...more] = fields;
  if (field === undefined || more.length > 0 || field[0] !== 'secret') return undefined;
  return typeof field[1] === 'string' && field[1] !== '' ? new Secret(field[1]) : undefined;
}

/** Secrets is where the values are: the variables of the environment that the configuration opens. */
export class Secrets {
  /**
   * @param read The value of a variable; `undefined` when it is not set.
   * @param open Names that scripts may use.
   */
  constructor(
    private readonly read: (name: string) => string | undefined,
    private readonly open: readonly string[],
  ) {}

  /** True for the names that scripts may use. */
  isOpen(name: string): boolean {
    return this.open.includes(name);
  }

  /** The names that scripts may use, sorted. */
  names(): readonly string[] {
    return [...this.open].sort();
  }

  isSet(name: string): boolean {
    return Boolean(this.read(name));
  }

  /**
   * A handle for a script.
   *
   * @throws SpellError `POLICY_DENIED` with the line of `llmspell.toml` that opens it, `SECRET_NOT_FOUND` when it is
   * not set.
   */
  handle(name: string): Secret {
    this.#checkOpen(name);
    if (!this.isSet(name)) throw notSet(name);
    return new Secret(name);
  }

  /** The value behind a handle that a script has made. @throws SpellError as {@link handle}. */
  value(handle: SecretHandle): string {
    this.#checkOpen(handle.secret);
    return this.trustedValue(handle.secret) ?? raise(notSet(handle.secret));
  }

  /** The value of a variable that the configuration itself names, as `api_key_env` does. */
  trustedValue(name: string): string | undefined {
    return this.read(name) || undefined;
  }

  #checkOpen(name: string): void {
    if (this.isOpen(name)) return;
    const line = `secrets = ${JSON.stringify([...this.open, name])}`;
    throw new SpellError('POLICY_DENIED', `the secret ${name} must not be used by scripts`, {
      key: 'runtime.security.secrets',
      hint: `To open it write ${line} under [runtime.security] in llmspell.toml.`,
      details: { rule: 'secrets', secret: name },
    });
  }
}

function notSet(name: string): SpellError {
  return new SpellError('SECRET_NOT_FOUND', `the environment variable ${name} is not set`, {
    hint: `Set ${name} before the program starts.`,
    details: { secret: name },
  });
}

function raise(error: SpellError): never {
  throw error;
}

/** The forms in which a value comes back: as it is, and as URLs, forms, JSON and Base64 write it. */
export function spellingsOf(value: string): readonly string[] {
  const encoded = encodeURIComponent(value);
  const bytes = Buffer.from(value);
  const spellings = [
    value,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
  // The longest first: one may begin as another does.
  return [...new Set(spellings)].sort((a, b) => b.length - a.length);
}

/**
 * A text without a secret in it: what others say of a request may repeat the key that came with it, whole or with its
 * middle masked.
 */
export function withoutSecret(text: string, value: string | undefined): string {
  if (value === undefined || value.length < 4) return text;
  return text.replaceAll(value, '***').replace(/\b(?:sk|pk|rk)-[A-Za-z0-9_*-]{6,}/g, '***');
}
