/** The text of a part of a page, as it is read. */

/** PageNode is what a text needs to know of a node. */
export interface PageNode {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly children?: readonly PageNode[];
}

const words = (text: string) => new Set(text.split(' '));

/** What nobody reads, or what stands around the text on every page of a site. */
const UNREAD = words(
  'script style noscript template svg head iframe object nav footer aside form select button dialog',
);
const BLOCKS = words(
  'address article blockquote dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr li main ' +
    'ol p pre section summary table tr ul',
);
const PARAGRAPHS = words('p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol');

/** Characters that may be read besides those of the text: most of them are spaces between blocks. */
const SPACE = 1000;

/** Blocks are on lines of their own, paragraphs a line apart. */
export function readableText(
  start: PageNode,
  max: number,
): { readonly text: string; readonly truncated: boolean } {
  const pieces: string[] = [];
  let length = 0;
  const waiting: (PageNode | string)[] = [start];
  while (waiting.length > 0 && length < max * 2 + SPACE) {
    const next = waiting.pop() as PageNode | string;
    const text = typeof next === 'string' ? next : textOf(next);
    pieces.push(text);
    length += text.length;
    if (typeof next !== 'string') waiting.push(...piecesOf(next, next === start));
  }
  const text = pieces
    .join('')
    .split('\n')
    .map((line) =>
      line
        .replace(/ +/g, ' ')
        .replace(/ ?\t ?/g, '\t')
        .trim(),
    )
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { text: text.slice(0, max), truncated: text.length > max || waiting.length > 0 };
}

function textOf({ type, data = '' }: PageNode): string {
  return type === 'text' ? data.replace(/\s+/g, ' ') : '';
}

/** What is within an element with what is around it, the last piece first. */
function piecesOf({ name = '', children = [] }: PageNode, isStart: boolean): (PageNode | string)[] {
  if (UNREAD.has(name) && !isStart) return [];
  if (name === 'br') return ['\n'];
  const edge = PARAGRAPHS.has(name) ? '\n\n' : BLOCKS.has(name) ? '\n' : '';
  const before = name === 'li' ? '\n- ' : name === 'td' || name === 'th' ? '\t' : edge;
  return [name === 'li' ? '' : edge, ...children.toReversed(), before];
}
