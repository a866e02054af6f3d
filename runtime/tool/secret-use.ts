/** SecretUse gives one call of a tool the values that it asks for, and takes them out of what it answers. */
import { SpellError } from '../base/errors.js';
import { type Secrets, secretOf, spellingsOf, withoutSecret } from '../base/secret.js';
import { Float, type HostObject, type HostValue, isMap } from '../base/value.js';

export class SecretUse {
  /** Values, and the forms that they may come back in. */
  #given: Set<string> | undefined;

  /** @param given Values that were given already. */
  constructor(
    private readonly secrets: Secrets,
    given?: Iterable<string>,
  ) {
    if (given !== undefined) for (const value of given) this.#add(value);
  }

  /** The value behind a handle. @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND`, `BAD_ARGUMENT` */
  readonly value = (handle: unknown): string => {
    const secret = secretOf(handle);
    if (secret === undefined) {
      throw new SpellError('BAD_ARGUMENT', 'a handle of a secret is expected', {
        hint: 'Make one with Secret.get("NAME").',
      });
    }
    const value = this.secrets.value(secret);
    this.#add(value);
    return value;
  };

  #add(value: string): void {
    this.#given ??= new Set();
    for (const spelling of spellingsOf(value)) this.#given.add(spelling);
  }

  /** An answer without the values: servers repeat what they were sent, and answers are recorded. */
  scrubbed<T extends HostValue>(answer: T): T {
    return this.#given === undefined ? answer : (this.#scrub(answer) as T);
  }

  #scrub(value: HostValue): HostValue {
    if (typeof value === 'string') return this.#scrubText(value);
    if (typeof value !== 'object' || value === null || value instanceof Float) return value;
    if (value instanceof Uint8Array) return this.#scrubBytes(value);
    if (Array.isArray(value)) return value.map((item) => this.#scrub(item));
    const scrubbed = <K>([key, item]: [K, HostValue]): [K, HostValue] => [
      typeof key === 'string' ? (this.#scrubText(key) as K) : key,
      this.#scrub(item),
    ];
    if (isMap(value)) return new Map([...value].map(scrubbed)) as HostValue;
    return Object.fromEntries(Object.entries(value as HostObject).map(scrubbed));
  }

  #scrubText(text: string): string {
    return [...(this.#given ?? [])].reduce(
      (scrubbed, value) => withoutSecret(scrubbed, value),
      text,
    );
  }

  /** Bytes keep their length. */
  #scrubBytes(bytes: Uint8Array): Uint8Array {
    const copy = Buffer.from(bytes);
    for (const value of this.#given ?? []) {
      const secret = Buffer.from(value);
      for (let at = copy.indexOf(secret); at !== -1; at = copy.indexOf(secret, at)) {
        copy.fill('*', at, at + secret.length);
      }
    }
    return new Uint8Array(copy);
  }
}
