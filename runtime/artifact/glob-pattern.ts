/**
 * GlobPattern matches names as a shell does: `*` any characters, `?` one character, `[abc]`, `[a-z]` and `[!a-z]` one
 * character of a set. Case matters, the whole name must match, and everything else stands for itself; a `[` that
 * nothing closes is one of those.
 *
 * Matching remembers only the last `*`, so a pattern of many stars takes at most name times pattern steps.
 */
export class GlobPattern {
  readonly #parts: readonly Part[];

  constructor(pattern: string) {
    this.#parts = parsePattern([...pattern]);
  }

  /** The one name that can match, when the pattern has no wildcard. */
  get literal(): string | undefined {
    let name = '';
    for (const part of this.#parts) {
      if (part.kind !== 'character') return undefined;
      name += part.character;
    }
    return name;
  }

  matches(name: string): boolean {
    const characters = [...name];
    const parts = this.#parts;
    let at = 0;
    let part = 0;
    let star = -1;
    let starAt = 0;
    while (at < characters.length) {
      const current = parts[part];
      if (current?.kind === 'star') {
        star = part;
        starAt = at;
        part += 1;
      } else if (current !== undefined && matchesOne(current, characters[at] as string)) {
        at += 1;
        part += 1;
      } else if (star >= 0) {
        // The last star takes one character more, and what follows it is tried again from there.
        starAt += 1;
        at = starAt;
        part = star + 1;
      } else {
        return false;
      }
    }
    return parts.slice(part).every((rest) => rest.kind === 'star');
  }
}

type Part =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly CodeRange[] };

/** Code points from the first to the second, both included. */
type CodeRange = readonly [number, number];

function parsePattern(pattern: readonly string[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] as string;
    const end = character === '[' ? setEnd(pattern, at) : -1;
    if (end > 0) {
      parts.push(parseSet(pattern.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    if (character === '*') {
      if (parts.at(-1)?.kind !== 'star') parts.push({ kind: 'star' });
    } else {
      parts.push(character === '?' ? { kind: 'any' } : { kind: 'character', character });
    }
    at += 1;
  }
  return parts;
}

/** Where the set that opens at `start` closes; -1 when it does not. A `]` that comes first belongs to the set. */
function setEnd(pattern: readonly string[], start: number): number {
  const first = pattern[start + 1] === '!' ? start + 2 : start + 1;
  return pattern.indexOf(']', first + 1);
}

function parseSet(body: readonly string[]): Part {
  const negated = body[0] === '!';
  const members = negated ? body.slice(1) : body;
  const ranges: CodeRange[] = [];
  let at = 0;
  while (at < members.length) {
    const first = codeOf(members[at]);
    // A dash between two members spans them; at either end it stands for itself.
    const isSpan = members[at + 1] === '-' && at + 2 < members.length;
    ranges.push([first, isSpan ? codeOf(members[at + 2]) : first]);
    at += isSpan ? 3 : 1;
  }
  return { kind: 'set', negated, ranges };
}

function matchesOne(part: Part, character: string): boolean {
  if (part.kind === 'character') return part.character === character;
  if (part.kind !== 'set') return part.kind === 'any';
  const code = codeOf(character);
  const isMember = part.ranges.some(([first, last]) => code >= first && code <= last);
  return isMember !== part.negated;
}

function codeOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}
