/** HttpClient makes the requests of one tool: every hop is judged, and the connection goes to the judged address. */

import type { IncomingMessage } from 'node:http';
import { isIPv6, type LookupFunction } from 'node:net';
import { SpellError } from '../../base/errors.js';
import { MAX_TIMER_MS } from '../../base/max-timer.js';
import { badArgument } from '../builtin/input.js';
import type { NoteDecision } from '../decision.js';
import type { Host } from '../network-policy.js';
import { timedOut, tooLarge, unreachable } from './failure.js';
import { type Gateway, hostOf } from './gateway.js';
import type { NetworkLimits } from './limits.js';
import { unpacked } from './unpacked.js';

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Names of headers that no other origin must get, besides `authorization` and `cookie`. */
  readonly credentials?: ReadonlySet<string> | undefined;
  readonly body?: Uint8Array | undefined;
  /** No other origin must get the body. */
  readonly isBodySecret?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Told which hosts were judged, and how. */
  readonly note?: NoteDecision | undefined;
  /** Milliseconds for the whole answer, with all redirects. */
  readonly timeoutMs?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly maxRedirects?: number | undefined;
}

export interface HttpResponse {
  /** Where the answer is from, behind all redirects. */
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; one that came several times is one text, lines for `set-cookie`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly redirects: number;
}

/** Answer is what came behind all redirects, with its body on the way. */
interface Answer {
  readonly request: HttpRequest;
  readonly message: IncomingMessage;
  readonly redirects: number;
}

export const USER_AGENT = 'llmspell';

const REDIRECTS = [301, 302, 303, 307, 308];

export class HttpClient {
  constructor(
    private readonly gateway: Gateway,
    private readonly limits: NetworkLimits,
  ) {}

  /** @throws SpellError `POLICY_DENIED`, `TOOL_FAILED`, `TOOL_TIMEOUT`, `TOO_LARGE` */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { timeoutMs, signal } = request;
    if (timeoutMs === undefined) return this.#read(await this.#follow(request));
    const timeout = new AbortController();
    const end = () => timeout.abort(timedOut(request.url, timeoutMs));
    const timer = setTimeout(end, Math.min(timeoutMs, MAX_TIMER_MS));
    try {
      const either = AbortSignal.any([signal, timeout.signal]);
      return await this.#read(await this.#follow({ ...request, signal: either }));
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The answer before its body was read, which the caller reads or destroys. Only the signal limits its time, and
   * nothing its size. Throws what {@link send} throws.
   */
  async open(request: HttpRequest): Promise<IncomingMessage> {
    return (await this.#follow(request)).message;
  }

  /** The addresses that a connection of another protocol may go to. Throws what {@link send} throws. */
  addresses(host: Host, note?: NoteDecision): Promise<readonly string[]> {
    return this.gateway.addresses(host, note);
  }

  async #follow(first: HttpRequest): Promise<Answer> {
    const maxRedirects = Math.min(first.maxRedirects ?? Infinity, this.limits.maxRedirects);
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const message = await this.#exchange(request);
      const next = redirectOf(request, message);
      // Who asks for no redirects wants to see where one leads.
      if (next === undefined || first.maxRedirects === 0) return { request, message, redirects };
      message.destroy();
      if (redirects >= maxRedirects) throw tooManyRedirects(first.url, maxRedirects);
      request = next;
    }
  }

  async #exchange(hop: HttpRequest): Promise<IncomingMessage> {
    const { url, method, headers, body, signal, note } = hop;
    const addresses = await this.gateway.addresses(hostOf(url), note);
    const { request } =
      url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    signal.throwIfAborted();
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => {
        const what = `${method} ${url.origin} failed`;
        const details = { host: url.host };
        reject(signal.aborted ? signal.reason : unreachable(what, cause, details));
      };
      const sent = request(
        url,
        {
          method,
          headers: {
            'user-agent': USER_AGENT,
            accept: '*/*',
            'accept-encoding': 'gzip, deflate, br',
            ...Object.fromEntries(headers),
            ...length,
          },
          // A connection for each request: one that is kept may lead where nothing was judged.
          agent: false,
          lookup: only(addresses),
          signal,
        },
        resolve,
      );
      sent.on('error', fail);
      sent.end(body);
    });
  }

  async #read({ request, message, redirects }: Answer): Promise<HttpResponse> {
    const { url, signal } = request;
    const maxBytes = Math.min(request.maxBytes ?? Infinity, this.limits.maxBytes);
    const pieces: Buffer[] = [];
    let size = 0;
    try {
      const encoding = request.method === 'HEAD' ? undefined : message.headers['content-encoding'];
      for await (const piece of unpacked(message, encoding)) {
        size += piece.length;
        if (size > maxBytes) throw tooLarge(`the answer of ${url.origin}`, maxBytes);
        pieces.push(piece);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof SpellError) throw error;
      throw unreachable(`the answer of ${url.origin} broke off`, error, { host: url.host });
    } finally {
      message.destroy();
    }
    return {
      url,
      status: message.statusCode ?? 0,
      statusText: message.statusMessage ?? '',
      headers: headersOf(message),
      body: Buffer.concat(pieces),
      redirects,
    };
  }
}

/** Answers with these addresses whatever is asked, so that nothing is resolved a second time. */
function only(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_, options, callback) => {
    const [first] = found;
    if (options.all === true) callback(null, found);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** The request that a redirect asks for: without credentials when it leads to another origin. */
function redirectOf(request: HttpRequest, message: IncomingMessage): HttpRequest | undefined {
  const { location } = message.headers;
  const status = message.statusCode ?? 0;
  if (location === undefined || !REDIRECTS.includes(status)) return undefined;
  if (!URL.canParse(location, request.url.href)) {
    throw new SpellError('TOOL_FAILED', `${request.url.origin} redirects to what is no URL`);
  }
  const url = new URL(location, request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const message = `${request.url.origin} redirects to ${url.protocol}, which is not followed`;
    throw new SpellError('POLICY_DENIED', message, {
      hint: 'Only http and https are followed.',
      details: { rule: 'protocol' },
    });
  }
  url.username = '';
  url.password = '';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const drops = !isRead && (status === 303 || (status < 303 && request.method === 'POST'));
  const isElsewhere = url.origin !== request.url.origin;
  if (isElsewhere && !drops && request.isBodySecret === true) throw secretBody(request.url, url);
  const left = (name: string) =>
    (drops && name.startsWith('content-')) || (isElsewhere && isCredential(request, name));
  return {
    ...request,
    url,
    method: drops ? 'GET' : request.method,
    body: drops ? undefined : request.body,
    headers: new Map([...request.headers].filter(([name]) => !left(name))),
  };
}

function secretBody(from: URL, to: URL): SpellError {
  const message = `${from.origin} redirects to ${to.origin}, which must not get the secret in the body`;
  return new SpellError('POLICY_DENIED', message, {
    hint: 'Send it there itself, if it is meant for that host.',
    details: { rule: 'secrets', host: to.host },
  });
}

function isCredential({ credentials }: HttpRequest, name: string): boolean {
  return CREDENTIALS.has(name) || credentials?.has(name) === true;
}

const CREDENTIALS = new Set(['authorization', 'cookie']);

function headersOf({ headers }: IncomingMessage): ReadonlyMap<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join('\n') : value]],
  );
  return new Map(entries);
}

function tooManyRedirects({ origin }: URL, max: number): SpellError {
  const most = `${max} ${max === 1 ? 'redirect' : 'redirects'}`;
  return new SpellError('TOOL_FAILED', `${origin} leads through more than ${most}`, {
    hint: 'Raise max_redirects if that is what you expect.',
    details: { max_redirects: max },
  });
}

/**
 * The URL that an argument is.
 *
 * @throws SpellError `TOOL_ARGUMENTS` for what is none of http or https, and for one with a password in it.
 */
export function urlArgument(pointer: string, text: string): URL {
  if (!URL.canParse(text)) {
    throw badArgument(pointer, 'is no URL', 'Write it with its protocol: https://example.com/.');
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badArgument(pointer, `is a URL of ${url.protocol}, and http: or https: is needed`);
  }
  if (url.username !== '' || url.password !== '') {
    const hint = 'Give them as auth, the password as a handle of Secret.get.';
    throw badArgument(pointer, 'has a user or a password in it', hint);
  }
  url.hash = '';
  return url;
}
