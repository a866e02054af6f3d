import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import {
  authSchema,
  headersSchema,
  secretUrlSchema,
  timeoutSchema,
  urlParamsSchema,
} from './http-schema.js';

/** webhook-caller delivers an event: signed, and again until somebody takes it. */
export function webhookCaller(network: Network): Tool {
  const limits = network.limits('webhook-caller', { timeoutMs: 60_000, maxRedirects: 0 });
  return {
    name: 'webhook-caller',
    description:
      'Delivers a payload as JSON to a webhook, signed with a secret and repeated with the same key until it is taken',
    category: 'web',
    version: '1.0.0',
    tags: ['webhook', 'http', 'event', 'notify', 'hmac'],
    // Every attempt carries the same key, by which the receiver knows what it has taken already.
    effect: 'idempotent',
    timeoutMs: limits.timeoutMs,
    formerNames: { input: 'url', webhook_url: 'url', body: 'payload', data: 'payload' },
    parameters: {
      type: 'object',
      properties: {
        url: secretUrlSchema,
        url_params: urlParamsSchema,
        payload: { description: 'Sent as JSON, with the values of handles of Secret.get in it' },
        method: {
          enum: ['POST', 'PUT', 'PATCH'],
          default: 'POST',
          description: 'POST when missing',
        },
        secret: {
          type: 'object',
          description:
            'A handle of Secret.get: the body is signed with its value (HMAC with SHA-256)',
        },
        signature_header: {
          type: 'string',
          pattern: '^[A-Za-z0-9-]+$',
          description: 'X-Signature-256 when missing; its value is sha256=<hex digits>',
        },
        headers: headersSchema,
        auth: authSchema,
        retries: {
          type: 'integer',
          minimum: 0,
          maximum: 10,
          description: 'Further attempts when nobody takes it; 3 when missing',
        },
        timeout_ms: timeoutSchema(limits),
      },
      required: ['url', 'payload'],
      additionalProperties: false,
    },
    execute: async (args, context) => {
      const { deliver } = await import('./webhook-delivery.js');
      return deliver({ network, tool: 'webhook-caller', limits }, args, context);
    },
  };
}
