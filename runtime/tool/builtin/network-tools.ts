import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import { graphqlQuery } from './graphql-query.js';
import { httpRequester } from './http-requester.js';
import { serviceChecker } from './service-checker.js';
import { sitemapCrawler } from './sitemap-crawler.js';
import { webScraper } from './web-scraper.js';
import { webhookCaller } from './webhook-caller.js';

/** The tools that call hosts. A new one is a file in this folder and a line here. */
export function networkTools(network: Network): readonly Tool[] {
  return [
    graphqlQuery(network),
    httpRequester(network),
    serviceChecker(network),
    sitemapCrawler(network),
    webScraper(network),
    webhookCaller(network),
  ];
}
