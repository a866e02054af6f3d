import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import { SpellError } from '../base/errors.js';
import { Float, keyText, type Value } from '../base/value.js';
import { patternEngine } from './pattern.js';
import { pointerStep, type SchemaFault } from './schema-fault.js';
import type { JsonSchema } from './tool.js';

export interface SchemaOptions {
  /**
   * The schema is that of a program: patterns that only JavaScript's own engine understands are left to it. In those of
   * scripts and callers they are refused, since that engine can be kept busy for hours.
   */
  readonly trusted?: boolean;
}

/**
 * Everything that keeps a value from fitting a JSON Schema; empty when it fits.
 *
 * Drafts 6, 7, 2019-09 and 2020-12 (when `$schema` is absent) are understood. `format` is a remark and not checked.
 * Bytes count as strings, integers beyond 2^53 as the nearest float.
 *
 * @throws SpellError `BAD_ARGUMENT` for a schema that is none, or that refers to another document.
 */
export async function schemaFaults(
  schema: JsonSchema,
  value: Value,
  { trusted = false }: SchemaOptions = {},
): Promise<SchemaFault[]> {
  const validate = await compile(schema, trusted);
  if (validate(schemaData(value)) === true) return [];
  const errors = validate.errors ?? [];
  // "if" only says that the branch failed, whose own errors are in the list too.
  return errors.filter(({ keyword }) => keyword !== 'if').map(fault);
}

/** Schemas are compiled once: the memory of it ends with the schema itself. */
class Compiled {
  readonly #validators = new WeakMap<JsonSchema, Promise<ValidateFunction>>();

  constructor(private readonly trusted: boolean) {}

  get(schema: JsonSchema): Promise<ValidateFunction> {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const validate = newAjv(schema, this.trusted).then((ajv) => compileWith(ajv, schema));
    this.#validators.set(schema, validate);
    return validate;
  }
}

const ofPrograms = new Compiled(true);
const ofCallers = new Compiled(false);

function compile(schema: JsonSchema, trusted: boolean): Promise<ValidateFunction> {
  return (trusted ? ofPrograms : ofCallers).get(schema);
}

function compileWith(ajv: Ajv, schema: JsonSchema): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    if (cause instanceof SpellError) throw cause;
    const reason = (cause as Error).message.split(', ')[0];
    throw new SpellError('BAD_ARGUMENT', `this is no JSON Schema: ${reason}`, {
      hint: 'See https://json-schema.org; references to other documents are not followed.',
      cause,
    });
  }
}

/** A compiler of its own per schema, so that two schemas may have the same `$id`. */
async function newAjv(schema: JsonSchema, trusted: boolean): Promise<Ajv> {
  const options = {
    ...(hasPatterns(schema) ? { code: { regExp: await patternsOf(trusted) } } : {}),
    allErrors: true,
    strict: false,
    // Else `required: ["constructor"]` would be met by every object.
    ownProperties: true,
    validateFormats: false,
    verbose: true,
    logger: false,
  } as const;
  const draft = typeof schema.$schema === 'string' ? schema.$schema : '2020-12';
  if (draft.includes('2020-12')) return new (await import('ajv/dist/2020.js')).Ajv2020(options);
  if (draft.includes('2019-09')) return new (await import('ajv/dist/2019.js')).Ajv2019(options);
  const ajv = new (await import('ajv')).Ajv(options);
  if (draft.includes('draft-06')) ajv.addMetaSchema({ ...draft7Meta(ajv), $id: draft });
  return ajv;
}

function hasPatterns(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.entries(schema).some(
    ([key, item]) => key === 'pattern' || key === 'patternProperties' || hasPatterns(item),
  );
}

async function patternsOf(trusted: boolean) {
  const engine = await patternEngine();
  const compile = (source: string, flags: string) => {
    try {
      const pattern = engine.compile(source);
      // The validator knows patterns by what they read as.
      return { test: (text: string) => pattern.test(text), toString: () => `/${source}/` };
    } catch (error) {
      if (trusted) return new RegExp(source, flags);
      throw error;
    }
  };
  // What code that is written to a file would call; ours is not.
  return Object.assign(compile, { code: 'RegExp' });
}

/** Draft 7 only adds keywords to draft 6, so that its own description serves for both. */
function draft7Meta(ajv: Ajv): object {
  return (ajv.getSchema('http://json-schema.org/draft-07/schema')?.schema ?? {}) as object;
}

function fault(error: ErrorObject): SchemaFault {
  const { keyword, params, instancePath: path, message = 'does not fit' } = error;
  switch (keyword) {
    case 'required':
      return {
        path: `${path}/${pointerStep(params.missingProperty)}`,
        message: 'is required',
        keyword,
      };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name: string = params.additionalProperty ?? params.unevaluatedProperty;
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
      return { path: `${path}/${pointerStep(name)}`, message: 'is not known', keyword, known };
    }
    case 'enum':
      return { path, message: `must be one of ${texts(params.allowedValues)}`, keyword };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params.allowedValue)}`, keyword };
    case 'type':
      return { path, message: `must be ${[params.type].flat().join(' or ')}`, keyword };
    default:
      return { path, message, keyword };
  }
}

function texts(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

/** A value in the shapes that the validator knows. */
function schemaData(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(schemaData);
  if (!(value instanceof Map)) return value;
  // fromEntries defines its fields, so that a key such as `__proto__` is only a key.
  return Object.fromEntries(
    [...value]
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [keyText(key), schemaData(item)]),
  );
}
