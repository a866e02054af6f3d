/** Data as the contents of artifacts: tables as JSON, text and bytes as they are. */
import { SpellError } from '../base/errors.js';
import { parseJson, stringifyJson } from '../base/json.js';
import { utf8Text } from '../base/utf8.js';
import type { HostValue, Value } from '../base/value.js';

export interface EncodedData {
  readonly content: Uint8Array;
  readonly mimeType: string;
}

/** Short names for what data is; any MIME type is one too. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  xml: 'application/xml',
  binary: 'application/octet-stream',
};

const MIME_FORM = /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/i;

/**
 * @param contentType A short name or a MIME type; what the data is when absent.
 * @throws SpellError `BAD_ARGUMENT`, `VALUE_UNSUPPORTED` for what JSON can't hold.
 */
export function encodeData(data: Value, contentType: string | undefined): EncodedData {
  const mimeType = contentType === undefined ? usualType(data) : mimeTypeOf(contentType);
  if (isJson(mimeType)) {
    return { content: Buffer.from(stringifyJson(data as HostValue)), mimeType };
  }
  if (typeof data === 'string') return { content: Buffer.from(data), mimeType };
  if (data instanceof Uint8Array) return { content: data, mimeType };
  throw new SpellError('BAD_ARGUMENT', `data of the type ${mimeType} is text or bytes`, {
    hint: 'Tables are stored with the content type "json".',
    key: 'content_type',
  });
}

/** The data that a content holds: what JSON says, else text, else bytes. Broken JSON is text. */
export function decodeData(content: Uint8Array, mimeType: string): Value {
  const text = utf8Text(content);
  if (text === undefined || !isJson(mimeType)) return text ?? content;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function usualType(data: Value): string {
  if (data instanceof Uint8Array) return 'application/octet-stream';
  return typeof data === 'string' ? 'text/plain' : 'application/json';
}

function mimeTypeOf(contentType: string): string {
  const known = MIME_TYPES[contentType.toLowerCase()];
  if (known !== undefined) return known;
  if (MIME_FORM.test(contentType)) return contentType.toLowerCase();
  throw new SpellError('BAD_ARGUMENT', `bad content type ${JSON.stringify(contentType)}`, {
    hint: `Use ${Object.keys(MIME_TYPES).join(', ')}, or a MIME type such as image/png.`,
    key: 'content_type',
  });
}

function isJson(mimeType: string): boolean {
  return mimeType === 'application/json' || mimeType.endsWith('+json');
}
