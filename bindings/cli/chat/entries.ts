/**
 * Entries is what a user says at once, put together from the lines that they type: one, several of which all but the
 * last end with a backslash, or those between two lines of three quotation marks.
 */
import type { Typed, TypedLines } from './typed-lines.js';

export type Entry = Said | Break;

export interface Said {
  readonly type: 'entry';
  readonly text: string;
  /** Its first character says so; what stands between quotation marks is never a command. */
  readonly isCommand: boolean;
}

type Break = Exclude<Typed, { readonly type: 'line' }>;

const QUOTES = '"""';
/** Two backslashes are none that would mean anything. */
const GOES_ON = /(?<!\\)(\\\\)*\\$/;

export class Entries {
  /** @param isInteractive What a person has begun and not ended is not said; the end of a pipe ends it. */
  constructor(
    private readonly lines: TypedLines,
    private readonly isInteractive: boolean,
  ) {}

  async next(): Promise<Entry> {
    const first = await this.lines.next();
    if (first.type !== 'line') return first;
    const { text } = first;
    const isQuoted = text.trimStart().startsWith(QUOTES);
    const whole = isQuoted
      ? await this.#quoted(text.trimStart().slice(QUOTES.length))
      : await this.#continued(text);
    if (typeof whole !== 'string') return whole;
    if (isQuoted) return { type: 'entry', text: whole, isCommand: false };
    const isCommand = /^\/(?!\/)/.test(whole);
    return { type: 'entry', text: isCommand ? whole : whole.replace(/^\/\//, '/'), isCommand };
  }

  async #continued(first: string): Promise<string | Break> {
    const texts: string[] = [];
    for (let text = first; ; ) {
      if (!GOES_ON.test(text)) return [...texts, text].join('\n');
      texts.push(text.slice(0, -1));
      const next = await this.lines.next({ isContinued: true });
      if (next.type !== 'line') return this.#broken(next, texts);
      text = next.text;
    }
  }

  /** The quotation marks may share their lines with what is said. */
  async #quoted(first: string): Promise<string | Break> {
    const texts: string[] = [];
    for (let text = first, isFirst = true; ; isFirst = false) {
      const end = text.trimEnd();
      if (end.endsWith(QUOTES)) {
        const last = end.slice(0, -QUOTES.length);
        return [...texts, ...(last === '' ? [] : [last])].join('\n');
      }
      if (text !== '' || !isFirst) texts.push(text);
      const next = await this.lines.next({ isContinued: true });
      if (next.type !== 'line') return this.#broken(next, texts);
      text = next.text;
    }
  }

  #broken(by: Break, texts: readonly string[]): string | Break {
    return by.type === 'end' && !this.isInteractive ? texts.join('\n') : by;
  }
}
