import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import { changesNothing } from './graphql-effect.js';
import {
  authSchema,
  headersSchema,
  limitsSchema,
  secretUrlSchema,
  urlParamsSchema,
} from './http-schema.js';

/** graphql-query asks a GraphQL server. */
export function graphqlQuery(network: Network): Tool {
  const limits = network.limits('graphql-query');
  return {
    name: 'graphql-query',
    description: 'Sends a GraphQL query or mutation and returns its data',
    category: 'web',
    version: '1.0.0',
    tags: ['graphql', 'http', 'api', 'query', 'mutation'],
    effect: 'unsafe',
    effectOf: (args) => (changesNothing(args.get('query')) ? 'pure' : 'unsafe'),
    timeoutMs: limits.timeoutMs,
    formerNames: { url: 'endpoint', input: 'query' },
    parameters: {
      type: 'object',
      properties: {
        endpoint: secretUrlSchema,
        url_params: urlParamsSchema,
        query: { type: 'string', minLength: 1, description: 'The document' },
        variables: {
          type: 'object',
          description:
            'Values of its variables by name; handles of Secret.get stand for their values',
        },
        operation_name: { type: 'string', description: 'Which operation of several is meant' },
        headers: headersSchema,
        auth: authSchema,
        ...limitsSchema(limits),
      },
      required: ['endpoint', 'query'],
      additionalProperties: false,
    },
    execute: async (args, context) => {
      const { askGraphql } = await import('./graphql-call.js');
      return askGraphql({ network, tool: 'graphql-query', limits }, args, context);
    },
  };
}
