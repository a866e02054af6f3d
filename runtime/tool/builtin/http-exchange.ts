import type { HttpResponse } from '../network/http-client.js';
import type { NetworkLimits } from '../network/limits.js';
import type { Network } from '../network/network.js';
import { sendRepeatedly } from '../network/retry.js';
import type { ToolContext } from '../tool.js';
import {
  type Auth,
  addQuery,
  type Body,
  callHeaders,
  type HeaderValue,
  type Query,
  withoutHidden,
} from './http-call.js';
import { type TextOrSecret, type UrlParams, urlWithSecrets } from './http-secrets.js';

/** What calls of several tools have in common, as the schemas of `http-schema.ts` describe it. */
export interface HttpArguments {
  readonly url_params?: UrlParams;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  readonly auth?: Auth;
  readonly timeout_ms?: number;
  readonly max_bytes?: number;
  readonly max_redirects?: number;
}

export interface Exchange {
  readonly url: TextOrSecret;
  /** The argument that the URL is, for messages. */
  readonly pointer: string;
  readonly method: string;
  readonly query?: Query | undefined;
  readonly args: HttpArguments;
  /** Headers of the tool; those of the caller win. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  readonly retries: number;
}

/** HttpReach is the way of one tool to the network. */
export interface HttpReach {
  readonly network: Network;
  readonly tool: string;
  readonly limits: NetworkLimits;
}

/** Sends a request of a tool, again where that may help. What has a secret in it is taken out of the answer. */
export async function exchange(
  { network, tool, limits }: HttpReach,
  call: Exchange,
  context: ToolContext,
): Promise<{ readonly response: HttpResponse; readonly attempts: number }> {
  const { args, body, method, retries } = call;
  const { url, hidden } = urlWithSecrets(call.pointer, call.url, args.url_params, context);
  addQuery(url, call.query, context);
  const { headers, credentials, ...more } = callHeaders(args.headers, args.auth, context);
  const own = { ...(body === undefined ? {} : { 'content-type': body.type }), ...call.headers };
  for (const [name, value] of Object.entries(own)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  const client = await network.client(tool, limits);
  const request = {
    url,
    method,
    headers,
    credentials,
    body: body?.bytes,
    isBodySecret: body?.hasSecret,
    signal: context.signal,
    note: context.machine.note,
    timeoutMs: args.timeout_ms,
    maxBytes: args.max_bytes,
    maxRedirects: args.max_redirects,
  };
  const { response, attempts } = await sendRepeatedly(client, request, {
    retries,
    now: context.now,
  });
  return { response: withoutHidden(response, [...hidden, ...more.hidden]), attempts };
}
