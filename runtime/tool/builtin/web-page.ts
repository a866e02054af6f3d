/** What a page in HTML says: the only place that knows the parser. */
import { selectAll, selectOne } from 'css-select';
import type { AnyNode, Document, Element } from 'domhandler';
import { DomHandler, Parser } from 'htmlparser2';
import { SpellError } from '../../base/errors.js';
import type { HostObject } from '../../base/value.js';
import { boundedWork } from './bounded-work.js';
import { badArgument, MAX_TEXT } from './input.js';
import { readableText } from './readable-text.js';

export interface Wanted {
  readonly selector: string | undefined;
  readonly attributes: readonly string[] | undefined;
  readonly maxMatches: number;
  readonly maxText: number;
}

/** As deep as browsers go: deeper pages are made to keep programs busy. */
const MAX_DEPTH = 512;

/** @throws SpellError `TOOL_ARGUMENTS` for what is no selector, `TOOL_FAILED` for a page without an end of depth. */
export function readPage(html: string, url: URL, wanted: Wanted): HostObject {
  return boundedWork(() => pageOf(html, url, wanted));
}

function pageOf(html: string, url: URL, wanted: Wanted): HostObject {
  const root = treeOf(html);
  const base = baseOf(root, url);
  const first = (selector: string, attribute: string) =>
    selectOne<AnyNode, Element>(selector, root)?.attribs[attribute]?.trim();
  const title = selectOne<AnyNode, Element>('title', root);
  const description = first('meta[name=description]', 'content');
  const language = first('html', 'lang');
  return {
    ...(title === null ? {} : { title: inOneLine(title) }),
    ...(description === undefined ? {} : { description }),
    ...(language === undefined ? {} : { language }),
    ...readableText(mainPart(root), wanted.maxText),
    links: linksOf(root, base, wanted.maxMatches),
    ...(wanted.selector === undefined ? {} : { matches: matchesOf(root, wanted.selector, wanted) }),
  };
}

class Handler extends DomHandler {
  override onopentag(name: string, attributes: Record<string, string>): void {
    if (this.tagStack.length > MAX_DEPTH) {
      throw new SpellError('TOOL_FAILED', 'the page is nested too deeply', {
        details: { max_depth: MAX_DEPTH },
      });
    }
    super.onopentag(name, attributes);
  }
}

function treeOf(html: string): Document {
  const handler = new Handler();
  new Parser(handler, { decodeEntities: true }).end(html);
  return handler.root;
}

/** Relative links start where the page says. */
function baseOf(root: Document, url: URL): URL {
  const href = selectOne<AnyNode, Element>('base[href]', root)?.attribs.href;
  return href !== undefined && URL.canParse(href, url.href) ? new URL(href, url) : url;
}

/** What the page is about, where it says which part that is. */
function mainPart(root: Document): Document | Element {
  for (const selector of ['main', '[role=main]', 'article', 'body']) {
    const [found, ...more] = selectAll<AnyNode, Element>(selector, root);
    if (found !== undefined && more.length === 0) return found;
  }
  return root;
}

function linksOf(root: Document, base: URL, max: number): HostObject[] {
  const links = new Map<string, HostObject>();
  for (const element of selectAll<AnyNode, Element>('a[href]', root)) {
    if (links.size >= max) break;
    const href = (element.attribs.href ?? '').trim();
    if (!URL.canParse(href, base.href)) continue;
    const url = new URL(href, base);
    const isPage = url.protocol === 'http:' || url.protocol === 'https:';
    if (isPage && !links.has(url.href))
      links.set(url.href, { url: url.href, text: inOneLine(element) });
  }
  return [...links.values()];
}

function matchesOf(root: Document, selector: string, wanted: Wanted): HostObject[] {
  let found: Element[];
  try {
    found = selectAll<AnyNode, Element>(selector, root);
  } catch (cause) {
    throw badArgument('/selector', `is no CSS selector: ${(cause as Error).message}`);
  }
  let characters = 0;
  return found.slice(0, wanted.maxMatches).map((element) => {
    const { text } = readableText(element, wanted.maxText);
    characters += text.length;
    if (characters > MAX_TEXT) throw tooMuchText();
    const attributes = Object.entries(element.attribs).filter(
      ([name]) => wanted.attributes === undefined || wanted.attributes.includes(name),
    );
    return {
      tag: element.name,
      text,
      attributes: Object.fromEntries(attributes),
    };
  });
}

/** A match may be within another one, with the same text. */
function tooMuchText(): SpellError {
  return new SpellError('TOO_LARGE', `the matches have more than ${MAX_TEXT} characters`, {
    hint: 'Give a smaller max_text, or a narrower selector.',
  });
}

/** Links may be within each other. */
const MAX_LABEL = 1000;

function inOneLine(element: Element): string {
  return readableText(element, MAX_LABEL).text.replace(/\s+/g, ' ');
}
