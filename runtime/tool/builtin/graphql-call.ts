import { SpellError } from '../../base/errors.js';
import { type HostValue, isMap, toPlain, type Value, type ValueMap } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { changesNothing } from './graphql-effect.js';
import { jsonBody, jsonOfAnswer, statusFailure } from './http-call.js';
import { exchange, type HttpArguments, type HttpReach } from './http-exchange.js';
import type { TextOrSecret } from './http-secrets.js';

const RETRIES = 2;

export async function askGraphql(
  reach: HttpReach,
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as HttpArguments & { readonly endpoint: TextOrSecret };
  const asked: ValueMap = new Map<string, Value>([
    ['query', args.get('query')],
    ...(args.has('variables') ? [['variables', args.get('variables')] as const] : []),
    ...(args.has('operation_name') ? [['operationName', args.get('operation_name')] as const] : []),
  ]);
  const call = {
    url: given.endpoint,
    pointer: '/endpoint',
    method: 'POST',
    args: given,
    headers: { accept: 'application/graphql-response+json, application/json' },
    body: jsonBody(asked, context),
    retries: changesNothing(args.get('query')) ? RETRIES : 0,
  };
  const { response } = await exchange(reach, call, context);
  const answer = jsonOfAnswer(response);
  const errors = isMap(answer) ? answer.get('errors') : undefined;
  const isAnswer = isMap(answer) && (answer.has('data') || Array.isArray(errors));
  if (!isAnswer) {
    if (response.status >= 400) throw statusFailure('the query failed', response);
    throw new SpellError('TOOL_FAILED', `${response.url.origin} gave no answer of GraphQL`, {
      hint: 'Is this the address of a GraphQL server?',
      details: { status: response.status },
    });
  }
  const data = answer.get('data');
  const list = Array.isArray(errors) ? errors : [];
  // A server may answer a part of what was asked.
  if (list.length > 0 && (data === undefined || data === null))
    throw refusal(list, response.status);
  const extensions = answer.get('extensions');
  return {
    data,
    ...(list.length === 0 ? {} : { errors: list }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

/** What the first error says, with the place that it names. */
function refusal(errors: readonly Value[], status: number): SpellError {
  const [first] = errors;
  const field = (name: string) => (isMap(first) ? first.get(name) : undefined);
  const text = field('message');
  const path = field('path');
  const [place] = (field('locations') as readonly ValueMap[] | undefined) ?? [];
  const extensions = field('extensions');
  const code = isMap(extensions as Value) ? (extensions as ValueMap).get('code') : undefined;
  const number = (value: Value) => (typeof value === 'number' ? value : undefined);
  return new SpellError('TOOL_FAILED', typeof text === 'string' ? text : 'the query failed', {
    line: number(isMap(place) ? place.get('line') : undefined),
    column: number(isMap(place) ? place.get('column') : undefined),
    details: {
      status,
      errors: errors.length,
      ...(Array.isArray(path) ? { path: path.map(String).join('.') } : {}),
      ...(typeof code === 'string' ? { graphql_code: code } : {}),
    },
  });
}
