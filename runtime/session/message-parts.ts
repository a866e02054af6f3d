/**
 * The parts of messages as data: the form in which scripts and files have them, with names in snake_case, and the way
 * back. A text alone stands for one part.
 */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import { utf8Text } from '../base/utf8.js';
import {
  fromPlain,
  type HostObject,
  isMap,
  type PlainValue,
  toPlain,
  type Value,
  type ValueMap,
} from '../base/value.js';
import {
  type ImagePart,
  type ImageSource,
  type Part,
  type Role,
  type TextPart,
  THOUGHT_FIELDS,
} from '../provider/message.js';

export const ROLES = ['system', 'user', 'assistant', 'tool'] as const satisfies readonly Role[];

const PART_TYPES = ['text', 'image', 'tool_call', 'tool_result', 'reasoning'] as const;

/** @throws SpellError `BAD_ARGUMENT` */
export function checkRole(role: string): Role {
  if ((ROLES as readonly string[]).includes(role)) return role as Role;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'role': ${JSON.stringify(role)}`, {
    hint: didYouMean(role, ROLES) ?? `A role is one of ${ROLES.join(', ')}.`,
    key: 'role',
  });
}

/**
 * Refuses parts that no message of a role can have: tools are called by assistants and answered in the role `tool`.
 *
 * @throws SpellError `BAD_ARGUMENT`
 */
export function checkParts(role: Role, parts: readonly Part[]): void {
  parts.forEach((part, index) => {
    const owner = OWNERS[part.type];
    if (owner === undefined || owner === role) return;
    const hint = `Parts of the type "${part.type}" belong into messages of the role "${owner}".`;
    throw badPart(index, `"${part.type}" in a message of the role "${role}"`, hint);
  });
  if (role !== 'tool' || (parts.length > 0 && parts.every(({ type }) => type === 'tool_result'))) {
    return;
  }
  throw new SpellError('BAD_ARGUMENT', 'a message of the role "tool" answers a call of a tool', {
    hint: 'Say which call with tool_call_id, or give parts of the type "tool_result".',
    key: 'tool_call_id',
  });
}

/** The only role that may have parts of a type. */
const OWNERS: Readonly<Partial<Record<Part['type'], Role>>> = {
  tool_call: 'assistant',
  reasoning: 'assistant',
  tool_result: 'tool',
};

/** The text of a message: of its parts of text and of the results of tools, in order. */
export function textOf(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.type === 'text') return part.text;
      return part.type === 'tool_result' ? textOf(part.content) : '';
    })
    .join('');
}

export function partToData(part: Part): HostObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', mime_type: part.mimeType, ...sourceToData(part.source) };
    case 'tool_call': {
      const { type, id, name, malformed } = part;
      return { type, id, name, arguments: part.arguments, malformed };
    }
    case 'tool_result': {
      const { type, id, name, isError } = part;
      return { type, id, name, content: part.content.map(partToData), is_error: isError };
    }
    case 'reasoning':
      return {
        type: 'reasoning',
        text: part.text,
        signature: part.signature,
        redacted: part.redacted,
        field: part.field,
        origin: part.origin,
      };
  }
}

function sourceToData(source: ImageSource): HostObject {
  switch (source.kind) {
    case 'artifact':
      return { artifact: source.id };
    case 'bytes':
      return { data: source.bytes };
    case 'url':
      return { url: source.url };
  }
}

/**
 * The parts that a text, or a list of parts as data, stands for. Missing fields get the values that they mostly have.
 *
 * @throws SpellError `BAD_ARGUMENT` naming the part and the field.
 */
export function partsFromData(content: Value): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (content instanceof Uint8Array) {
    throw new SpellError('BAD_ARGUMENT', 'the content of a message is not UTF-8 text', {
      hint: 'Store bytes as an artifact, and show images with parts of the type "image".',
      key: 'content',
    });
  }
  // An empty table of Lua is a map.
  if (isMap(content) && content.size === 0) return [];
  if (Array.isArray(content)) return content.map(partFromData);
  throw notContent();
}

function notContent(): SpellError {
  return new SpellError('BAD_ARGUMENT', 'the content of a message is a text or a list of parts', {
    hint: 'A part is a table such as { type = "text", text = "..." }.',
    key: 'content',
  });
}

/**
 * Parts that a program has made, with nothing in them that is no part.
 *
 * @throws SpellError `BAD_ARGUMENT`
 */
export function checkedParts(given: readonly Part[]): readonly Part[] {
  if (!Array.isArray(given)) throw notContent();
  return given.map((part: Part, index) => partFromData(dataOf(part, index), index));
}

function dataOf(part: Part, index: number): Value {
  try {
    return fromPlain((partToData(part) as HostObject | undefined) ?? part);
  } catch (cause) {
    throw badPart(index, `no part as MessageContent describes it: ${(cause as Error).message}`);
  }
}

function partFromData(data: Value, index: number): Part {
  if (typeof data === 'string') return { type: 'text', text: data };
  if (!isMap(data)) throw badPart(index, 'a table expected');
  const fields = new PartFields(data, index);
  const type = fields.text('type');
  switch (type) {
    case 'text':
      return { type, text: fields.text('text') };
    case 'image':
      return imageFrom(fields);
    case 'tool_call': {
      const malformed = fields.optionalText('malformed');
      return {
        type,
        id: fields.text('id'),
        name: fields.text('name'),
        arguments: fields.plain('arguments') ?? {},
        ...(malformed === undefined ? {} : { malformed }),
      };
    }
    case 'tool_result':
      return {
        type,
        id: fields.text('id'),
        name: fields.optionalText('name') ?? '',
        content: resultContent(fields, index),
        isError: fields.flag('is_error'),
      };
    case 'reasoning': {
      const signature = fields.optionalText('signature');
      const redacted = fields.optionalText('redacted');
      const given = fields.optionalText('field');
      const field = THOUGHT_FIELDS.find((name) => name === given);
      const origin = fields.optionalText('origin');
      return {
        type,
        text: fields.optionalText('text') ?? '',
        ...(signature === undefined ? {} : { signature }),
        ...(redacted === undefined ? {} : { redacted }),
        ...(field === undefined ? {} : { field }),
        ...(origin === undefined ? {} : { origin }),
      };
    }
    default: {
      const hint = didYouMean(type, PART_TYPES) ?? `A part is one of ${PART_TYPES.join(', ')}.`;
      throw badPart(index, `unknown type ${JSON.stringify(type)}`, hint);
    }
  }
}

function resultContent(fields: PartFields, index: number): readonly (TextPart | ImagePart)[] {
  const parts = partsFromData(fields.get('content') ?? '');
  const wrong = parts.find(({ type }) => type !== 'text' && type !== 'image');
  if (wrong === undefined) return parts as readonly (TextPart | ImagePart)[];
  throw badPart(index, `"${wrong.type}" in the result of a tool`, 'Give text and images.');
}

function imageFrom(fields: PartFields): ImagePart {
  const source = imageSource(fields);
  const given = fields.optionalText('mime_type');
  const found = source.kind === 'bytes' ? imageTypeOf(source.bytes) : undefined;
  return { type: 'image', mimeType: given ?? found ?? 'image/*', source };
}

function imageSource(fields: PartFields): ImageSource {
  const artifact = fields.optionalText('artifact');
  if (artifact !== undefined) return { kind: 'artifact', id: artifact };
  const url = fields.optionalText('url');
  if (url !== undefined) return { kind: 'url', url };
  const data = fields.get('data');
  if (typeof data === 'string') return { kind: 'bytes', bytes: Buffer.from(data) };
  if (data instanceof Uint8Array) return { kind: 'bytes', bytes: data };
  throw fields.wrong('artifact', 'an image needs artifact, url or data');
}

/** What an image is by its first bytes. */
function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('GIF8')) return 'image/gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined;
}

/** PartFields reads the fields of one part; what is wrong with one is said with its place. */
class PartFields {
  constructor(
    private readonly fields: ValueMap,
    private readonly index: number,
  ) {}

  get(name: string): Value {
    return this.fields.get(name) ?? undefined;
  }

  text(name: string): string {
    const text = this.optionalText(name);
    if (text === undefined) throw this.wrong(name, 'a text expected, got nothing');
    return text;
  }

  optionalText(name: string): string | undefined {
    const value = this.get(name);
    const text = value instanceof Uint8Array ? utf8Text(value) : value;
    if (text === undefined && value === undefined) return undefined;
    if (typeof text === 'string') return text;
    throw this.wrong(name, 'a text expected');
  }

  flag(name: string): boolean {
    const value = this.get(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw this.wrong(name, 'true or false expected');
  }

  plain(name: string): PlainValue {
    return toPlain(this.get(name));
  }

  wrong(name: string, problem: string): SpellError {
    return badPart(this.index, `field '${name}': ${problem}`);
  }
}

function badPart(index: number, problem: string, hint?: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad part ${index + 1} of the content: ${problem}`, {
    hint,
    key: 'content',
  });
}
