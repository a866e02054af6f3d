/**
 * Schemas of libraries such as Zod, Valibot and ArkType: https://standardschema.dev says what they have in common, so
 * that none of them is needed here.
 */
import { SpellError } from '../base/errors.js';
import { pointerStep, type SchemaFault } from './schema-fault.js';

/** StandardSchema is a schema of any library that keeps to the standard. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | PromiseLike<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    /** The Standard JSON Schema extension. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: 'draft-2020-12' }) => object }
      | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What the schema makes of a value that fits. */
export type OutputOf<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];

/**
 * The schema as JSON Schema, by the library's own conversion.
 *
 * @throws SpellError `BAD_ARGUMENT` where there is none, or it can't say what the schema says.
 */
export function jsonSchemaOf(tool: string, schema: StandardSchema): Record<string, unknown> {
  const { vendor, jsonSchema } = schema['~standard'];
  const hint = 'Give the same as a JSON Schema in `parameters`; models are shown that.';
  if (jsonSchema === undefined) {
    const problem = `schemas of ${vendor} say nothing as JSON Schema`;
    throw new SpellError('BAD_ARGUMENT', `can't define the tool "${tool}": ${problem}`, { hint });
  }
  try {
    return { ...jsonSchema.input({ target: 'draft-2020-12' }) };
  } catch (cause) {
    const problem = `its schema can't be said as JSON Schema: ${(cause as Error).message}`;
    throw new SpellError('BAD_ARGUMENT', `can't define the tool "${tool}": ${problem}`, {
      hint,
      cause,
    });
  }
}

export async function validateStandard(
  schema: StandardSchema,
  value: unknown,
): Promise<
  { readonly value: unknown; readonly faults: [] } | { readonly faults: readonly SchemaFault[] }
> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { value: result.value, faults: [] };
  return { faults: result.issues.map(faultOf) };
}

function faultOf({ message, path = [] }: StandardIssue): SchemaFault {
  const steps = path.map((step) => (typeof step === 'object' ? step.key : step));
  const pointer = steps.map((step) => `/${pointerStep(String(step))}`).join('');
  return { path: pointer, message: `does not fit: ${message}`, keyword: 'standard' };
}
