/** What tools make of their arguments. */
import { isUtf8 } from 'node:buffer';
import { SpellError } from '../../base/errors.js';
import type { Value } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';

/** The most characters that a tool takes as one text. */
export const MAX_TEXT = 10_000_000;

/** The bytes of a string; the schema says that it is one. */
export function bytesOf(args: ToolArguments, name: string): Uint8Array {
  const value = args.get(name) as string | Uint8Array;
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** A string that must be text. @throws SpellError `TOOL_ARGUMENTS` for bytes that are not UTF-8. */
export function textOf(args: ToolArguments, name: string): string {
  const value = args.get(name) as string | Uint8Array;
  if (typeof value === 'string') return value;
  throw badArgument(`/${name}`, 'must be text in UTF-8');
}

/** Bytes as scripts and programs see them: text where they are UTF-8. */
export function stringValue(bytes: Buffer): string | Uint8Array {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** For what no schema can say. */
export function badArgument(pointer: string, problem: string, hint?: string): SpellError {
  return new SpellError('TOOL_ARGUMENTS', `${pointer} ${problem}`, {
    key: pointer,
    hint,
    details: { path: pointer },
  });
}

/** A field that the schema says is text, where it is given. */
export function optionalText(value: Value): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
