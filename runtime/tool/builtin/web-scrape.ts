import { SpellError } from '../../base/errors.js';
import { type HostValue, toPlain } from '../../base/value.js';
import type { HttpResponse } from '../network/http-client.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { statusFailure, textOfAnswer } from './http-call.js';
import { exchange, type HttpArguments, type HttpReach } from './http-exchange.js';
import type { TextOrSecret } from './http-secrets.js';
import { readPage } from './web-page.js';

interface Arguments extends HttpArguments {
  readonly url: TextOrSecret;
  readonly selector?: string;
  readonly attributes?: readonly string[];
  readonly max_matches?: number;
  readonly max_text?: number;
}

const DEFAULT_MATCHES = 500;
const DEFAULT_TEXT = 100_000;
const RETRIES = 2;

export async function scrape(
  reach: HttpReach,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as Arguments;
  const { url, selector, attributes, max_matches = DEFAULT_MATCHES } = given;
  const headers = { accept: 'text/html, application/xhtml+xml, text/plain;q=0.8' };
  const call = { url, pointer: '/url', method: 'GET', args: given, headers, retries: RETRIES };
  const { response } = await exchange(reach, call, context);
  if (response.status >= 400) throw statusFailure('the page cannot be read', response);
  const maxText = given.max_text ?? DEFAULT_TEXT;
  const place = { url: response.url.href, status: response.status };
  const { isPlain, text } = sourceOf(response);
  if (isPlain)
    return { ...place, text: text.slice(0, maxText), links: [], truncated: text.length > maxText };
  const wanted = { selector, attributes, maxMatches: max_matches, maxText };
  return { ...place, ...readPage(text, response.url, wanted) };
}

/** @throws SpellError `TOOL_FAILED` for what is no page. */
function sourceOf(response: HttpResponse): { readonly isPlain: boolean; readonly text: string } {
  const type = response.headers.get('content-type') ?? 'text/html';
  const isPlain = /^text\/plain\b/i.test(type);
  const isPage = isPlain || /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type);
  if (!isPage) {
    throw new SpellError('TOOL_FAILED', `${response.url.origin} answered no page but ${type}`, {
      hint: 'http-requester reads answers of every type.',
      details: { content_type: type },
    });
  }
  const text = textOfAnswer(withCharset(response, type));
  return { isPlain, text: typeof text === 'string' ? text : Buffer.from(text).toString('utf8') };
}

/** The character set that a page names itself, where its server names none. */
function withCharset(response: HttpResponse, type: string): HttpResponse {
  if (/charset=/i.test(type)) return response;
  const head = response.body.subarray(0, 2048).toString('latin1');
  const charset = /<meta[^>]{1,200}charset=["']?([\w-]{1,40})/i.exec(head)?.[1];
  if (charset === undefined) return response;
  const headers = new Map([...response.headers, ['content-type', `${type}; charset=${charset}`]]);
  return { ...response, headers };
}
