import type { Tool } from '../tool.js';

/** url-analyzer takes URLs apart, as browsers do; it asks no network. */
export const urlAnalyzer: Tool = {
  name: 'url-analyzer',
  description:
    'Takes a URL apart (scheme, host, port, path, query, fragment), in its normal form; nothing is fetched',
  category: 'text',
  version: '1.0.0',
  tags: ['url', 'parse', 'query', 'host', 'link'],
  effect: 'pure',
  timeoutMs: 5000,
  formerNames: { url: 'input', text: 'input', content: 'input' },
  parameters: {
    type: 'object',
    properties: {
      input: { type: 'string', maxLength: 100_000, description: 'The URL' },
      base: { type: 'string', maxLength: 100_000, description: 'What a relative URL starts from' },
    },
    required: ['input'],
    additionalProperties: false,
  },
  execute: async (args) => {
    const { analyzeUrl } = await import('./url-analysis.js');
    return analyzeUrl(args);
  },
};
