import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import {
  authSchema,
  effectOfRequest,
  fieldsSchema,
  headersSchema,
  limitsSchema,
  secretUrlSchema,
  urlParamsSchema,
} from './http-schema.js';

/** http-requester sends one request to a host that the configuration opens, and gives back what was answered. */
export function httpRequester(network: Network): Tool {
  const limits = network.limits('http-requester');
  return {
    name: 'http-requester',
    description: 'Sends an HTTP request and returns status, headers and body of the answer',
    category: 'web',
    version: '1.0.0',
    tags: ['http', 'https', 'rest', 'api', 'fetch', 'download'],
    effect: 'unsafe',
    effectOf: effectOfRequest,
    timeoutMs: limits.timeoutMs,
    formerNames: { input: 'url', uri: 'url' },
    parameters: {
      type: 'object',
      properties: {
        url: secretUrlSchema,
        url_params: urlParamsSchema,
        method: {
          enum: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'],
          default: 'GET',
          description: 'GET when missing',
        },
        query: {
          ...fieldsSchema,
          description:
            'Added to the URL; a list gives its name several times, handles of Secret.get stand for their values',
        },
        headers: headersSchema,
        auth: authSchema,
        body: {
          type: ['string', 'object'],
          description: 'Sent as it is; or a handle of Secret.get',
        },
        json: {
          description: 'Sent as JSON, in place of body, with the values of handles in it',
        },
        form: {
          ...fieldsSchema,
          description: 'Sent as the fields of a form, in place of body; values may be handles',
        },
        idempotency_key: {
          type: ['boolean', 'string'],
          description:
            'true sends the header Idempotency-Key, a name sends that one: the same value with every ' +
            'attempt at this call, so that it can be repeated without harm',
        },
        retries: {
          type: 'integer',
          minimum: 0,
          maximum: 10,
          description:
            'Further attempts when the host cannot be reached or answers 408, 425, 429, 502, 503 or 504; ' +
            '2 for GET, HEAD, OPTIONS and with idempotency_key, 0 for others, which allow none',
        },
        ...limitsSchema(limits),
      },
      required: ['url'],
      additionalProperties: false,
    },
    execute: async (args, context) => {
      const { sendRequest } = await import('./http-operations.js');
      return sendRequest({ network, tool: 'http-requester', limits }, args, context);
    },
  };
}
