import { secretOf } from '../../base/secret.js';
import { type HostValue, toPlain } from '../../base/value.js';
import type { HttpResponse } from '../network/http-client.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import {
  type Body,
  formBody,
  jsonBody,
  jsonOfAnswer,
  type Query,
  textOfAnswer,
} from './http-call.js';
import { exchange, type HttpArguments, type HttpReach } from './http-exchange.js';
import { effectOfRequest } from './http-schema.js';
import type { TextOrSecret } from './http-secrets.js';
import { badArgument, bytesOf } from './input.js';

const DEFAULT_RETRIES = 2;

interface Arguments extends HttpArguments {
  readonly url: TextOrSecret;
  readonly method?: string;
  readonly query?: Query;
  readonly form?: Query;
  readonly idempotency_key?: boolean | string;
  readonly retries?: number;
}

export async function sendRequest(
  reach: HttpReach,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as Arguments;
  const { url, method = 'GET', query, retries: asked, idempotency_key: key } = given;
  const repeatable = effectOfRequest(args) !== 'unsafe';
  if (asked !== undefined && asked > 0 && !repeatable) {
    const hint = 'Give idempotency_key = true if the server knows that header.';
    throw badArgument('/retries', `must be 0 for ${method}, which may do harm twice`, hint);
  }
  const call = {
    url,
    pointer: '/url',
    method,
    query,
    args: given,
    headers: keyHeader(key, context),
    body: bodyOf(args, given, context),
    retries: repeatable ? (asked ?? DEFAULT_RETRIES) : 0,
  };
  const { response, attempts } = await exchange(reach, call, context);
  return { ...answerOf(response), attempts };
}

function keyHeader(
  key: boolean | string | undefined,
  { idempotencyKey, callId }: ToolContext,
): Readonly<Record<string, string>> {
  if (key === undefined || key === false) return {};
  const name = key === true ? 'idempotency-key' : key.toLowerCase();
  if (!/^[a-z0-9-]+$/.test(name)) throw badArgument('/idempotency_key', 'is no name of a header');
  return { [name]: idempotencyKey ?? callId };
}

function bodyOf(args: ToolArguments, { form }: Arguments, context: ToolContext): Body | undefined {
  const [kind, ...more] = ['body', 'json', 'form'].filter((name) => args.get(name) !== undefined);
  if (more.length > 0) throw badArgument(`/${more[0]}`, `comes with ${kind}: give one of them`);
  if (kind === 'json') return jsonBody(args.get('json'), context);
  if (kind === 'form') return formBody(form ?? {}, context);
  if (kind === undefined) return undefined;
  const handle = secretOf(args.get('body'));
  const bytes = handle === undefined ? bytesOf(args, 'body') : Buffer.from(context.secret(handle));
  const isText = handle !== undefined || typeof args.get('body') === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/octet-stream';
  return { bytes, type, hasSecret: handle !== undefined };
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
