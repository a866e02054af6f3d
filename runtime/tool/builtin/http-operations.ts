import { type HostValue, toPlain } from '../../base/value.js';
import { type HttpRequest, type HttpResponse, urlArgument } from '../network/http-client.js';
import type { NetworkLimits } from '../network/limits.js';
import type { Network } from '../network/network.js';
import { sendRepeatedly } from '../network/retry.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import {
  type Auth,
  addQuery,
  type Body,
  callHeaders,
  formBody,
  type HeaderValue,
  jsonBody,
  jsonOfAnswer,
  type Query,
  textOfAnswer,
  withoutHidden,
} from './http-call.js';
import { effectOfRequest } from './http-schema.js';
import { badArgument, bytesOf } from './input.js';

const DEFAULT_RETRIES = 2;

interface Arguments {
  readonly url: string;
  readonly method?: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  readonly auth?: Auth;
  readonly form?: Query;
  readonly idempotency_key?: boolean | string;
  readonly retries?: number;
  readonly timeout_ms?: number;
  readonly max_bytes?: number;
  readonly max_redirects?: number;
}

export async function sendRequest(
  network: Network,
  limits: NetworkLimits,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const { retries: asked, ...given } = toPlain(args) as unknown as Arguments;
  const repeatable = effectOfRequest(args) !== 'unsafe';
  if (asked !== undefined && asked > 0 && !repeatable) {
    const hint = 'Give idempotency_key = true if the server knows that header.';
    throw badArgument('/retries', `must be 0 for ${given.method}, which may do harm twice`, hint);
  }
  const client = await network.client('http-requester', limits);
  const { request, hidden } = requestOf(args, given, context);
  const { response, attempts } = await sendRepeatedly(client, request, {
    retries: repeatable ? (asked ?? DEFAULT_RETRIES) : 0,
    now: context.now,
  });
  return { ...answerOf(withoutHidden(response, hidden)), attempts };
}

function requestOf(
  args: ToolArguments,
  given: Arguments,
  context: ToolContext,
): { readonly request: HttpRequest; readonly hidden: readonly string[] } {
  const url = urlArgument('/url', given.url);
  addQuery(url, given.query);
  const { headers, credentials, hidden } = callHeaders(given.headers, given.auth, context);
  const body = bodyOf(args, given);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', body.type);
  const { idempotency_key: key } = given;
  if (key === true || typeof key === 'string') {
    const name = key === true ? 'idempotency-key' : key.toLowerCase();
    if (!/^[a-z0-9-]+$/.test(name)) throw badArgument('/idempotency_key', 'is no name of a header');
    headers.set(name, context.idempotencyKey ?? context.callId);
  }
  const request = {
    url,
    method: given.method ?? 'GET',
    headers,
    credentials,
    body: body?.bytes,
    signal: context.signal,
    timeoutMs: given.timeout_ms,
    maxBytes: given.max_bytes,
    maxRedirects: given.max_redirects,
  };
  return { request, hidden };
}

function bodyOf(args: ToolArguments, { form }: Arguments): Body | undefined {
  const [kind, ...more] = ['body', 'json', 'form'].filter((name) => args.get(name) !== undefined);
  if (more.length > 0) throw badArgument(`/${more[0]}`, `comes with ${kind}: give one of them`);
  if (kind === 'json') return jsonBody(args.get('json'));
  if (kind === 'form') return formBody(form ?? {});
  if (kind === undefined) return undefined;
  const bytes = bytesOf(args, 'body');
  const isText = typeof args.get('body') === 'string';
  return { bytes, type: isText ? 'text/plain; charset=utf-8' : 'application/octet-stream' };
}

function answerOf(response: HttpResponse) {
  const { url, status, statusText, headers, redirects } = response;
  const json = jsonOfAnswer(response);
  return {
    status,
    status_text: statusText,
    ok: status >= 200 && status < 300,
    url: url.href,
    headers: Object.fromEntries(headers),
    body: textOfAnswer(response),
    ...(json === undefined ? {} : { json }),
    redirects,
  };
}
