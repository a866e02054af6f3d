import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv';
import { SpellError } from '../base/errors.js';
import { TimeBox } from '../base/time-box.js';
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
 * @throws SpellError `BAD_ARGUMENT` for a schema that is none, or that refers to another document; `TOO_LARGE` when
 * checking takes too long, as with definitions that each refer twice to the one before.
 */
export async function schemaFaults(
  schema: JsonSchema,
  value: Value,
  { trusted = false }: SchemaOptions = {},
): Promise<SchemaFault[]> {
  const validators = (trusted ? ofPrograms : ofCallers).get(schema);
  const all = await validators.all();
  const counter = { values: 0 };
  const data = schemaData(value, counter);
  if (validators.isQuick && counter.values <= QUICK_VALUES) return faultsOf(all, data);
  // One fault first: there may be a million, and each is an object.
  const first = inTime(await validators.first(), data, MAX_CHECK_MS);
  if (first === undefined) throw takesTooLong();
  if (first.length === 0) return [];
  return inTime(all, data, MAX_LISTING_MS) ?? first;
}

/** Values of which any number of faults may be listed. */
const QUICK_VALUES = 10_000;
/** Longer than this nothing else goes on for a check. */
const MAX_CHECK_MS = 1000;
/** After this, the first fault has to do. */
const MAX_LISTING_MS = 100;

/** Keywords whose time is not in proportion to schema and value. */
const SLOW_KEYWORDS = /"(\$ref|\$dynamicRef|\$recursiveRef|uniqueItems)":/;
/** Characters of a schema whose time is short where its keywords allow it. */
const QUICK_SCHEMA = 20_000;

const timeBox = new TimeBox();

function inTime(validate: ValidateFunction, data: unknown, limit: number) {
  return timeBox.run(limit, () => faultsOf(validate, data))?.value;
}

function faultsOf(validate: ValidateFunction, data: unknown): SchemaFault[] {
  if (isValid(validate, data)) return [];
  const errors = validate.errors ?? [];
  validate.errors = null;
  // "if" only says that the branch failed, whose own errors are in the list too.
  return errors.filter(({ keyword }) => keyword !== 'if').map(fault);
}

function isValid(validate: ValidateFunction, data: unknown): boolean {
  try {
    return validate(data) === true;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SpellError('BAD_ARGUMENT', 'this is no JSON Schema: it refers to itself forever', {
      cause,
    });
  }
}

function takesTooLong(): SpellError {
  return new SpellError('TOO_LARGE', `checking takes longer than ${MAX_CHECK_MS} ms`, {
    hint: 'Look for definitions that refer to each other again and again, or check less at a time.',
  });
}

/** Validators is a schema as functions; it is compiled once for each. */
class Validators {
  /** Its time is in proportion to schema and value. */
  readonly isQuick: boolean;
  #all: Promise<ValidateFunction> | undefined;
  #first: Promise<ValidateFunction> | undefined;

  constructor(
    private readonly schema: JsonSchema,
    private readonly trusted: boolean,
  ) {
    const text = JSON.stringify(schema);
    this.isQuick = text.length <= QUICK_SCHEMA && !SLOW_KEYWORDS.test(text);
  }

  /** Lists all faults. */
  all(): Promise<ValidateFunction> {
    this.#all ??= this.#compiled(true);
    return this.#all;
  }

  /** Stops at the first fault. */
  first(): Promise<ValidateFunction> {
    this.#first ??= this.#compiled(false);
    return this.#first;
  }

  async #compiled(allErrors: boolean): Promise<ValidateFunction> {
    const { schema, trusted } = this;
    const checker = await draftChecker(schema);
    const ajv = await newAjv(schema, checker === undefined, {
      ...(hasPatterns(schema) ? { code: { regExp: await patternsOf(trusted) } } : {}),
      allErrors,
    });
    const made = timeBox.run(MAX_CHECK_MS, () => compileWith(ajv, schema, checker));
    if (made === undefined) throw takesTooLong();
    return made.value;
  }
}

/** The memory of what is compiled ends with the schema itself. */
class Compiled {
  readonly #validators = new WeakMap<JsonSchema, Validators>();

  constructor(private readonly trusted: boolean) {}

  get(schema: JsonSchema): Validators {
    const validators = this.#validators.get(schema) ?? new Validators(schema, this.trusted);
    this.#validators.set(schema, validators);
    return validators;
  }
}

const ofPrograms = new Compiled(true);
const ofCallers = new Compiled(false);

/** Drafts whose descriptions are compiled once, as long as a process lives. */
const DRAFTS: readonly string[] = [
  'https://json-schema.org/draft/2020-12/schema',
  'https://json-schema.org/draft/2019-09/schema',
  'http://json-schema.org/draft-07/schema',
];
const draftCheckers = new Map<string, Promise<Ajv>>();

/**
 * What knows whether a schema is one of its draft; `undefined` for one that only the schema's own compiler may know.
 * Compiling the description of a draft takes many times as long as most schemas, and is not done at their expense.
 */
async function draftChecker({ $schema = DRAFTS[0] }: JsonSchema): Promise<Ajv | undefined> {
  const draft = DRAFTS.find((name) => $schema === name || $schema === `${name}#`);
  if (draft === undefined) return undefined;
  const checker = draftCheckers.get(draft) ?? newDraftChecker(draft);
  draftCheckers.set(draft, checker);
  return checker;
}

async function newDraftChecker($schema: string): Promise<Ajv> {
  const checker = await newAjv({ $schema }, true, {});
  checker.validateSchema({ $schema });
  return checker;
}

/** @param checker Knows whether it is a schema, if the compiler itself does not. */
function compileWith(ajv: Ajv, schema: JsonSchema, checker: Ajv | undefined): ValidateFunction {
  try {
    checker?.validateSchema(schema, true);
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
async function newAjv(
  schema: JsonSchema,
  validateSchema: boolean,
  ownOptions: Options,
): Promise<Ajv> {
  const options = {
    ...ownOptions,
    validateSchema,
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
function schemaData(value: Value, counter: { values: number }): unknown {
  counter.values += 1;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map((item) => schemaData(item, counter));
  if (!(value instanceof Map)) return value;
  // fromEntries defines its fields, so that a key such as `__proto__` is only a key.
  return Object.fromEntries(
    [...value]
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [keyText(key), schemaData(item, counter)]),
  );
}
