/** SchemaFault is one thing that keeps a value from fitting a schema. */
export interface SchemaFault {
  /** JSON pointer into the value; for a missing or surplus field the pointer of the field. */
  readonly path: string;
  /** What is expected there, such as `must be <= 9`. */
  readonly message: string;
  /** The keyword of the schema that does not hold. */
  readonly keyword: string;
  /** For surplus fields: the fields that there may be. */
  readonly known?: readonly string[];
}

/** One step of a JSON pointer. */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
