import type * as z from 'zod';
import { SpellError } from '../runtime/base/errors.js';
import { didYouMean } from '../runtime/base/nearest-name.js';
import type { Location } from './key-location.js';
import { formatKeyPath, isTable, type KeyPath, type Table, valueAt } from './key-path.js';
import { configSchema } from './schema.js';
import { isSecretKey } from './secret.js';

/** Where tables come from, for messages about them. */
export interface Place {
  readonly file?: string;
  locate?(path: KeyPath): Location | undefined;
  /** For what isn't a file: the variable or flag that set the key. */
  label?(path: KeyPath): string | undefined;
}

/** ConfigTables is a checked configuration as it is in the file: tables in snake_case, sizes in bytes. */
export type ConfigTables = NonNullable<z.infer<typeof configSchema>>;

/**
 * Checks tables against the schema.
 *
 * @throws SpellError `CONFIG` about the first mistake, with file, line, column and key.
 */
export function validateTables(table: Table, place: Place): ConfigTables {
  const result = configSchema.safeParse(table);
  if (result.success) return result.data ?? {};
  const [issue, ...more] = result.error.issues;
  throw issueError(issue as z.core.$ZodIssue, more.length, table, place);
}

function issueError(issue: z.core.$ZodIssue, more: number, table: Table, place: Place): SpellError {
  const isUnknown = issue.code === 'unrecognized_keys';
  const above = issue.path as KeyPath;
  const path = isUnknown ? [...above, issue.keys[0] ?? ''] : above;
  const label = place.label?.(path);
  const message = isUnknown ? unknownKey(path) : `${formatKeyPath(path)} ${fault(issue, table)}`;
  const hints = [
    isUnknown ? unknownKeyHint(path) : undefined,
    more > 0 ? `${more} more ${more === 1 ? 'mistake follows' : 'mistakes follow'}.` : undefined,
  ].filter((hint) => hint !== undefined);
  return new SpellError('CONFIG', label === undefined ? message : `${label}: ${message}`, {
    file: place.file,
    ...place.locate?.(path),
    key: formatKeyPath(path),
    hint: hints.length === 0 ? undefined : hints.join(' '),
  });
}

function fault(issue: z.core.$ZodIssue, table: Table): string {
  if (issue.code === 'custom' && issue.params?.refused === true) return issue.message;
  const last = issue.path.at(-1);
  const isSecret = typeof last === 'string' && isSecretKey(last);
  const value = isSecret ? '' : `, got ${show(valueAt(table, issue.path as KeyPath))}`;
  return `must be ${issue.message}${value}`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isTable(value)) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function unknownKey(path: KeyPath): string {
  const table = formatKeyPath(path.slice(0, -1));
  const key = formatKeyPath(path.slice(-1));
  return table === '' ? `unknown table or key ${key}` : `unknown key ${key} in [${table}]`;
}

function unknownKeyHint(path: KeyPath): string {
  const key = String(path.at(-1));
  const siblings = keysOf(schemaAt(path.slice(0, -1)));
  const elsewhere = scalarKeys().find((other) => other.at(-1) === key);
  if (elsewhere !== undefined) return `Did you mean ${elsewhere.join('.')}?`;
  const near = didYouMean(key, siblings);
  if (near !== undefined) return near;
  return siblings.length === 0 ? 'Remove it.' : `Known here: ${siblings.join(', ')}.`;
}

/** The keys of `[runtime.*]` that hold a single value, as paths: those that the environment can set. */
export function scalarKeys(): (readonly [string, string, string])[] {
  const keys: (readonly [string, string, string])[] = [];
  for (const table of keysOf(schemaAt(['runtime']))) {
    for (const key of keysOf(schemaAt(['runtime', table]))) {
      const schema = schemaAt(['runtime', table, key]);
      const type = schema?._zod.def.type;
      if (type !== 'array' && type !== 'unknown') keys.push(['runtime', table, key]);
    }
  }
  return keys;
}

/** A text of the environment in the type that its key wants; text that fits no type stays as it is. */
export function typedText(path: KeyPath, text: string): unknown {
  const schema = schemaAt(path);
  if (schema === undefined) return text;
  const trimmed = text.trim();
  const flag = FLAGS[trimmed.toLowerCase()];
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)
    ? Number(trimmed)
    : undefined;
  const fits = [flag, number, trimmed].find(
    (value) => value !== undefined && schema.safeParse(value).success,
  );
  return fits ?? trimmed;
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

/** The keys of a table with their descriptions. */
export function keysAt(path: KeyPath): { key: string; description: string | undefined }[] {
  return keysOf(schemaAt(path)).map((key) => {
    const table = schemaAt(path) as z.ZodObject;
    return { key, description: (table.def.shape[key] as Schema).description };
  });
}

type Schema = z.ZodType;

function schemaAt(path: KeyPath): Schema | undefined {
  let schema: Schema | undefined = bare(configSchema);
  for (const step of path) {
    schema = schema === undefined ? undefined : inner(schema, String(step));
  }
  return schema;
}

function inner(schema: Schema, key: string): Schema | undefined {
  const { def } = schema as z.ZodObject | z.ZodRecord;
  if (def.type === 'record') return bare(def.valueType as Schema);
  if (def.type !== 'object') return undefined;
  const own = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
  return own === undefined ? undefined : bare(own as Schema);
}

function bare(schema: Schema): Schema {
  const { def } = schema as z.ZodOptional;
  return def.type === 'optional' ? bare(def.innerType as Schema) : schema;
}

function keysOf(schema: Schema | undefined): string[] {
  const { def } = (schema ?? {}) as Partial<z.ZodObject>;
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}
