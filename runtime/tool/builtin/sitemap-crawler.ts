import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import { timeoutSchema, urlSchema } from './http-schema.js';
import { DEFAULT_SITEMAPS, DEFAULT_URLS, MAX_URLS } from './sitemap-limits.js';

/** sitemap-crawler lists the pages that a site names in its sitemaps. */
export function sitemapCrawler(network: Network): Tool {
  const limits = network.limits('sitemap-crawler', {
    timeoutMs: 120_000,
    // What the protocol of sitemaps allows for one file.
    maxBytes: 50 * 1024 * 1024,
  });
  return {
    name: 'sitemap-crawler',
    description:
      'Lists the pages that a site names in its sitemaps: XML and text files, packed ones, and indexes of others',
    category: 'web',
    version: '1.0.0',
    tags: ['sitemap', 'crawl', 'urls', 'seo', 'robots'],
    effect: 'pure',
    timeoutMs: limits.timeoutMs,
    formerNames: { input: 'url', sitemap_url: 'url' },
    parameters: {
      type: 'object',
      properties: {
        url: {
          ...urlSchema,
          description:
            'A sitemap, or a site: then its robots.txt, or /sitemap.xml, says where they are',
        },
        max_urls: {
          type: 'integer',
          minimum: 1,
          maximum: MAX_URLS,
          description: `The most pages to list; ${DEFAULT_URLS} when missing`,
        },
        max_sitemaps: {
          type: 'integer',
          minimum: 1,
          maximum: 500,
          description: `The most sitemaps to read; ${DEFAULT_SITEMAPS} when missing`,
        },
        timeout_ms: timeoutSchema(limits),
      },
      required: ['url'],
      additionalProperties: false,
    },
    execute: async (args, context) => {
      const { crawl } = await import('./sitemap-crawl.js');
      return crawl({ network, tool: 'sitemap-crawler', limits }, args, context);
    },
  };
}
