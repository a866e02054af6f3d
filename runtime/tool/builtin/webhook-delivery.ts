import { createHmac } from 'node:crypto';
import { type HostValue, toPlain } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { type Body, jsonBody, statusFailure, textOfAnswer } from './http-call.js';
import { exchange, type HttpArguments, type HttpReach } from './http-exchange.js';
import type { TextOrSecret } from './http-secrets.js';

const DEFAULT_RETRIES = 3;

interface Arguments extends HttpArguments {
  readonly url: TextOrSecret;
  readonly method?: string;
  readonly secret?: { readonly secret: string };
  readonly signature_header?: string;
  readonly retries?: number;
}

export async function deliver(
  reach: HttpReach,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as Arguments;
  const { url, method = 'POST', retries = DEFAULT_RETRIES } = given;
  const body = jsonBody(args.get('payload'), context);
  const key = context.idempotencyKey ?? context.callId;
  const headers = { 'idempotency-key': key, ...signature(given, body, context) };
  const call = { url, pointer: '/url', method, args: given, headers, body, retries };
  const { response, attempts } = await exchange(reach, call, context);
  const { status } = response;
  if (status < 200 || status > 299) throw statusFailure('the webhook was not taken', response);
  return { status, attempts, idempotency_key: key, body: textOfAnswer(response) };
}

function signature(
  { secret: handle, signature_header: name = 'x-signature-256' }: Arguments,
  { bytes }: Body,
  { secret }: ToolContext,
): Readonly<Record<string, string>> {
  if (handle === undefined) return {};
  const digest = createHmac('sha256', secret(handle)).update(bytes).digest('hex');
  return { [name.toLowerCase()]: `sha256=${digest}` };
}
