import { createHash } from 'node:crypto';

/** The ids of tool calls that a provider accepts. */
export interface IdRule {
  readonly allowed: RegExp;
  readonly maxLength: number;
}

const HASH_LENGTH = 10;

/**
 * ToolIds are the ids of one conversation's tool calls as a provider accepts them. Ids that fit stay as they are, also
 * those that another provider has given. Others get the part that fits and a hash of the whole, so that a call and its
 * result keep belonging together; an id that comes a second time gets a number. The conversation keeps the originals.
 */
export class ToolIds {
  readonly #calls = new Map<string, number>();
  readonly #latest = new Map<string, string>();

  constructor(private readonly rule: IdRule) {}

  /** The id of a call. */
  ofCall(id: string): string {
    const count = (this.#calls.get(id) ?? 0) + 1;
    this.#calls.set(id, count);
    const fitting = this.#fit(count === 1 ? id : `${id}_${count}`);
    this.#latest.set(id, fitting);
    return fitting;
  }

  /** The id of the latest call with this id, for its result. */
  ofResult(id: string): string {
    return this.#latest.get(id) ?? this.#fit(id);
  }

  #fit(id: string): string {
    const { allowed, maxLength } = this.rule;
    const kept = [...id].filter((character) => allowed.test(character)).join('');
    if (kept === id && id.length > 0 && id.length <= maxLength) return id;
    const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
    return `${kept.slice(0, maxLength - HASH_LENGTH - 1)}_${hash}`;
  }
}
