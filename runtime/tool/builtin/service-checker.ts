import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import { timeoutSchema } from './http-schema.js';
import { perOperation } from './operations.js';

/** service-checker says whether a service answers. One that does not is a result, no error. */
export function serviceChecker(network: Network): Tool {
  const limits = network.limits('service-checker', { timeoutMs: 10_000 });
  return {
    name: 'service-checker',
    description:
      'Checks whether a service answers: a web server (http), a port (tcp), or a name (dns)',
    category: 'web',
    version: '1.0.0',
    tags: ['health', 'status', 'monitor', 'ping', 'port', 'dns'],
    effect: 'pure',
    timeoutMs: limits.timeoutMs + 1000,
    formerNames: { input: 'target', url: 'target', host: 'target', check_type: 'operation' },
    parameters: {
      type: 'object',
      properties: {
        operation: {
          enum: ['http', 'tcp', 'dns'],
          default: 'http',
          description: 'http when missing',
        },
        target: {
          type: 'string',
          minLength: 1,
          description: 'http: a URL; tcp: a host, or host:port; dns: a host',
        },
        port: {
          type: 'integer',
          minimum: 1,
          maximum: 65_535,
          description: 'tcp: where target names none',
        },
        expected_status: {
          type: 'integer',
          minimum: 100,
          maximum: 599,
          description: 'http: the status of a service that works; any below 400 when missing',
        },
        timeout_ms: timeoutSchema(limits),
      },
      required: ['target'],
      additionalProperties: false,
      ...perOperation({
        tcp: { properties: { expected_status: false } },
        dns: { properties: { expected_status: false, port: false } },
      }),
    },
    execute: async (args, context) => {
      const { checkService } = await import('./service-check.js');
      return checkService({ network, tool: 'service-checker', limits }, args, context);
    },
  };
}
