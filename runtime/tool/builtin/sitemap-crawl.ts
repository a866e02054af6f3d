import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SpellError } from '../../base/errors.js';
import { type HostValue, toPlain } from '../../base/value.js';
import { tooLarge } from '../network/failure.js';
import { type HttpResponse, urlArgument } from '../network/http-client.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { statusFailure, textOfAnswer } from './http-call.js';
import { exchange, type HttpReach } from './http-exchange.js';
import { type Page, readSitemap, type Sitemap } from './sitemap-file.js';
import { DEFAULT_SITEMAPS, DEFAULT_URLS } from './sitemap-limits.js';

interface Arguments {
  readonly url: string;
  readonly max_urls?: number;
  readonly max_sitemaps?: number;
  readonly timeout_ms?: number;
}

interface Crawl {
  readonly reach: HttpReach;
  readonly context: ToolContext;
  readonly given: Arguments;
}

export async function crawl(
  reach: HttpReach,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as Arguments;
  const { max_urls: maxUrls = DEFAULT_URLS, max_sitemaps: maxSitemaps = DEFAULT_SITEMAPS } = given;
  const start = urlArgument('/url', given.url);
  const run = { reach, context, given };
  const waiting = await startingPoints(run, start);
  const seen = new Set(waiting);
  const pages = new Map<string, Page>();
  const read: string[] = [];
  const errors: { readonly sitemap: string; readonly code: string; readonly message: string }[] =
    [];
  while (waiting.length > 0 && read.length < maxSitemaps && pages.size < maxUrls) {
    const sitemap = waiting.shift() as string;
    read.push(sitemap);
    try {
      const found = await sitemapAt(run, sitemap, maxUrls);
      for (const page of found.pages) if (pages.size < maxUrls) pages.set(page.url, page);
      for (const url of found.sitemaps) {
        if (!seen.has(url)) waiting.push(url);
        seen.add(url);
      }
      if (found.isCut || (found.pages.length > 0 && pages.size >= maxUrls)) break;
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      // One that cannot be read leaves the others to be read; the only one is the answer.
      if (!(error instanceof SpellError) || (read.length === 1 && waiting.length === 0))
        throw error;
      errors.push({ sitemap, code: error.code, message: error.message });
    }
  }
  const isCut = pages.size >= maxUrls || waiting.length > 0;
  return { pages: [...pages.values()], sitemaps: read, errors, truncated: isCut };
}

/** A sitemap itself, or those that a site names. */
async function startingPoints(run: Crawl, url: URL): Promise<string[]> {
  if (
    /\.(?:xml|txt)(?:\.gz)?$|\.gz$/i.test(url.pathname) &&
    !url.pathname.endsWith('/robots.txt')
  ) {
    return [url.href];
  }
  const robots = await fetchAt(run, new URL('/robots.txt', url).href);
  const text = robots.status === 200 ? String(textOfAnswer(robots)) : '';
  const named = [...text.matchAll(/^[ \t]*sitemap[ \t]*:[ \t]*(\S+)/gim)]
    .map(([, place = '']) => place)
    .filter((place) => URL.canParse(place, url.href))
    .map((place) => new URL(place, url).href);
  return named.length > 0 ? [...new Set(named)] : [new URL('/sitemap.xml', url).href];
}

async function sitemapAt(run: Crawl, url: string, maxUrls: number): Promise<Sitemap> {
  const text = await textAt(run, url);
  return boundedWork(() => readSitemap(text, maxUrls));
}

async function textAt(run: Crawl, url: string): Promise<string> {
  const response = await fetchAt(run, url);
  if (response.status !== 200) throw statusFailure('the sitemap cannot be read', response);
  const { body } = response;
  const isPacked = body[0] === 0x1f && body[1] === 0x8b;
  const bytes = isPacked ? await unpack(body, run.reach.limits.maxBytes) : body;
  return bytes.toString('utf8');
}

function fetchAt({ reach, context, given }: Crawl, url: string): Promise<HttpResponse> {
  const call = { url, pointer: '/url', method: 'GET', args: timeOf(given), retries: 1 };
  return exchange(reach, call, context).then(({ response }) => response);
}

function timeOf({ timeout_ms: ms }: Arguments) {
  return ms === undefined ? {} : { timeout_ms: ms };
}

const unzip = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

async function unpack(packed: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(packed, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge('the unpacked sitemap', maxBytes);
    }
    throw new SpellError('TOOL_FAILED', 'the sitemap is not whole gzip data', { cause });
  }
}
