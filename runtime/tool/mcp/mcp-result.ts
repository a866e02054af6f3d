import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { fromPlain, type Value } from '../../base/value.js';

/** McpResult is what a tool of an MCP server gave. */
export type McpResult = {
  /** All parts that are text, a line apart. */
  readonly text: string;
  /** What the server gave as data besides. */
  readonly data?: Value;
  /** All parts that are no text: images, sounds, resources. */
  readonly parts?: readonly Value[];
};

export function resultOf({ content = [], structuredContent }: CallToolResult): McpResult {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const parts = content.filter(({ type }) => type !== 'text').map(partOf);
  return {
    text: texts.join('\n'),
    ...(structuredContent === undefined ? {} : { data: fromPlain(structuredContent) }),
    ...(parts.length === 0 ? {} : { parts }),
  };
}

function partOf(part: ContentBlock): Value {
  if (part.type !== 'image' && part.type !== 'audio') return fromPlain(part);
  const { type, mimeType, data } = part;
  return fromPlain({
    type,
    mime_type: mimeType,
    data: new Uint8Array(Buffer.from(data, 'base64')),
  });
}
