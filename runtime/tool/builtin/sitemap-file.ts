/** What a sitemap says: pages and further sitemaps. */
import { SpellError } from '../../base/errors.js';

/** A page; what is not said of it is absent. */
export type Page = {
  readonly url: string;
  readonly lastmod?: string;
  readonly changefreq?: string;
  readonly priority?: string;
};

export interface Sitemap {
  readonly pages: readonly Page[];
  readonly sitemaps: readonly string[];
  /** There are more pages than were wanted. */
  readonly isCut: boolean;
}

const FIELDS = ['lastmod', 'changefreq', 'priority'] as const;

/** @throws SpellError `TOOL_FAILED` for what is no sitemap. */
export function readSitemap(text: string, maxPages: number): Sitemap {
  const isIndex = /<(?:[\w-]+:)?sitemapindex[\s>]/.test(text.slice(0, 10_000));
  const isSet = /<(?:[\w-]+:)?urlset[\s>]/.test(text.slice(0, 10_000));
  if (!isIndex && !isSet) return readList(text, maxPages);
  const entries = elements(text, isIndex ? 'sitemap' : 'url', isIndex ? Infinity : maxPages + 1);
  const found = entries.flatMap((entry): Page[] => {
    const url = textWithin(entry, 'loc');
    if (url === undefined || !URL.canParse(url)) return [];
    const said = FIELDS.flatMap((name) => {
      const value = textWithin(entry, name);
      return value === undefined ? [] : [[name, value]];
    });
    return [{ url, ...Object.fromEntries(said) }];
  });
  if (isIndex) return { pages: [], sitemaps: found.map(({ url }) => url), isCut: false };
  return { pages: found.slice(0, maxPages), sitemaps: [], isCut: entries.length > maxPages };
}

/** A text with a URL on each line. */
function readList(text: string, maxPages: number): Sitemap {
  const lines = text.split('\n').map((line) => line.trim());
  const urls = lines.filter((line) => /^https?:\/\/\S+$/.test(line) && URL.canParse(line));
  const filled = lines.filter((line) => line !== '');
  if (urls.length === 0 || urls.length < filled.length) {
    throw new SpellError('TOOL_FAILED', 'this is no sitemap', {
      hint: 'A sitemap is XML with urlset or sitemapindex, or a text with a URL on each line.',
    });
  }
  const pages = urls.slice(0, maxPages).map((url) => ({ url }));
  return { pages, sitemaps: [], isCut: urls.length > maxPages };
}

/** What is within the elements of a name, from the first to the last, in time that grows with the text only. */
function elements(text: string, name: string, max: number): string[] {
  const found: string[] = [];
  const open = new RegExp(`<((?:[\\w-]+:)?${name})(?:\\s[^<>]*)?>`, 'g');
  for (let start = open.exec(text); start !== null && found.length < max; start = open.exec(text)) {
    const end = text.indexOf(`</${start[1]}>`, open.lastIndex);
    if (end === -1) break;
    found.push(text.slice(open.lastIndex, end));
    open.lastIndex = end;
  }
  return found;
}

function textWithin(entry: string, name: string): string | undefined {
  const [inner] = elements(entry, name, 1);
  if (inner === undefined) return undefined;
  const cdata = /^\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*$/.exec(inner)?.[1];
  const text = (cdata ?? unescaped(inner)).trim();
  return text === '' || text.includes('<') ? undefined : text;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescaped(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,8}));/gi,
    (whole, number, hex, name) => {
      const point = number === undefined ? Number.parseInt(hex ?? '', 16) : Number(number);
      if (name !== undefined) return NAMED[name] ?? whole;
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    },
  );
}
