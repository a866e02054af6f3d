import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import {
  authSchema,
  headersSchema,
  limitsSchema,
  secretUrlSchema,
  urlParamsSchema,
} from './http-schema.js';

/** web-scraper reads a page: its text without what is around it, its links, and what selectors find. */
export function webScraper(network: Network): Tool {
  const limits = network.limits('web-scraper', { maxBytes: 5 * 1024 * 1024 });
  return {
    name: 'web-scraper',
    description:
      'Reads a web page: title, readable text, links, and the elements that CSS selectors find',
    category: 'web',
    version: '1.0.0',
    tags: ['web', 'html', 'scrape', 'extract', 'links', 'readable'],
    effect: 'pure',
    timeoutMs: limits.timeoutMs,
    formerNames: { input: 'url' },
    parameters: {
      type: 'object',
      properties: {
        url: secretUrlSchema,
        url_params: urlParamsSchema,
        selector: {
          type: 'string',
          minLength: 1,
          maxLength: 1000,
          description: 'A CSS selector: matches has the elements that it finds',
        },
        attributes: {
          type: 'array',
          items: { type: 'string' },
          description: 'The attributes of matches to give; all when missing',
        },
        max_matches: {
          type: 'integer',
          minimum: 1,
          maximum: 10_000,
          description: 'The most matches, and the most links; 500 when missing',
        },
        max_text: {
          type: 'integer',
          minimum: 1,
          description: 'The most characters of the text; 100000 when missing',
        },
        headers: headersSchema,
        auth: authSchema,
        ...limitsSchema(limits),
      },
      required: ['url'],
      additionalProperties: false,
    },
    execute: async (args, context) => {
      const { scrape } = await import('./web-scrape.js');
      return scrape({ network, tool: 'web-scraper', limits }, args, context);
    },
  };
}
