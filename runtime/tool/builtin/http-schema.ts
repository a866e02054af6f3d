/** What the schemas of tools that speak HTTP have in common. */
import type { NetworkLimits } from '../network/limits.js';
import type { ToolArguments, ToolEffect } from '../tool.js';

export const urlSchema = {
  type: 'string',
  minLength: 1,
  description: 'http:// or https://, of a host that network_hosts of the configuration opens',
} as const;

/** As `urlSchema`; the URL may be secret as a whole, or in parts. */
export const secretUrlSchema = {
  ...urlSchema,
  type: ['string', 'object'],
  description:
    'http:// or https://, of a host that network_hosts of the configuration opens; with {name} where url_params ' +
    'has a value, or a handle of Secret.get as a whole',
} as const;

export const urlParamsSchema = {
  type: 'object',
  description:
    'What stands for {name} in the path and the query of the URL: text, number, or a handle of Secret.get',
  additionalProperties: { type: ['string', 'number', 'object'] },
} as const;

export const fieldsSchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'array', 'object'] },
} as const;

export const headersSchema = {
  type: 'object',
  description: 'Headers by name; a value is text, or a handle of Secret.get',
  additionalProperties: { type: ['string', 'number', 'object'] },
} as const;

export const authSchema = {
  type: 'object',
  description:
    'How to sign in: { type = "bearer", token = handle }, or { type = "basic", username = text, ' +
    'password = handle }; handles are those of Secret.get',
  properties: {
    type: { enum: ['bearer', 'basic'] },
    token: { type: 'object' },
    username: { type: 'string' },
    password: { type: 'object' },
  },
  required: ['type'],
  additionalProperties: false,
  if: { properties: { type: { const: 'basic' } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['username', 'password'] },
  else: { required: ['token'] },
} as const;

export function timeoutSchema({ timeoutMs }: NetworkLimits) {
  return {
    type: 'integer',
    minimum: 1,
    maximum: timeoutMs,
    description: `Milliseconds for one attempt; the whole call has ${timeoutMs}`,
  } as const;
}

export function limitsSchema(limits: NetworkLimits) {
  const { maxBytes, maxRedirects } = limits;
  return {
    timeout_ms: timeoutSchema(limits),
    max_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: maxBytes,
      description: `A longer answer is an error; ${maxBytes} when missing`,
    },
    max_redirects: {
      type: 'integer',
      minimum: 0,
      maximum: maxRedirects,
      description: `More are an error, with 0 the redirect itself is the answer; ${maxRedirects} when missing`,
    },
  } as const;
}

const READS = ['GET', 'HEAD', 'OPTIONS'];

/** What only reads may be repeated, and so may what the server knows by its key. */
export function effectOfRequest(args: ToolArguments): ToolEffect {
  const method = args.get('method') ?? 'GET';
  if (typeof method === 'string' && READS.includes(method)) return 'pure';
  const key = args.get('idempotency_key');
  return key === true || typeof key === 'string' ? 'idempotent' : 'unsafe';
}
