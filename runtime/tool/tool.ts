/**
 * Tool is the port behind which everything is that a script or a model can call by name: a built-in tool, one that
 * the embedding program defines, one that Lua registers, or one of an MCP server.
 */
import { fromPlain, type HostValue, toPlain, type Value, type ValueMap } from '../base/value.js';

/**
 * ToolEffect is what may become of a call whose outcome a crash has hidden:
 * `pure` runs again, `idempotent` is sent again with the same key, `reconcilable` is asked for first, `paid` is sent
 * again and reported as possibly billed twice, `unsafe` is not sent again.
 */
export type ToolEffect = 'pure' | 'idempotent' | 'reconcilable' | 'paid' | 'unsafe';

/** JsonSchema is a JSON Schema (2020-12 unless its `$schema` says otherwise) as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Arguments by name; strings that are not UTF-8 are bytes. */
export type ToolArguments = ValueMap;

export interface ToolContext {
  /** Aborts when the run ends or the call takes too long. */
  readonly signal: AbortSignal;
  readonly callId: string;
  /** The same for every attempt of one call; for tools that are `idempotent` or `reconcilable`. */
  readonly idempotencyKey?: string | undefined;
  /**
   * The value behind a handle of `Secret.get` among the arguments, where it is needed and no earlier.
   *
   * @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND`, `BAD_ARGUMENT` for what is no handle.
   */
  secret(handle: unknown): string;
}

/** Reconciliation is what a tool knows of an earlier attempt. */
export type Reconciliation =
  | { readonly happened: true; readonly result: HostValue }
  | { readonly happened: false };

export interface Tool {
  /** 1 to 64 letters, digits, `_` and `-`: what every model's provider accepts. */
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly version: string;
  /** Words to find the tool by. */
  readonly tags: readonly string[];
  /** Describes one object: the arguments. */
  readonly parameters: JsonSchema;
  readonly effect: ToolEffect;
  /** Milliseconds that one call may take; no limit when absent. */
  readonly timeoutMs?: number | undefined;
  /** What became of the attempt with this key; required of `reconcilable` tools. */
  reconcile?(idempotencyKey: string): Promise<Reconciliation>;
  /** The arguments fit the schema. What is thrown becomes the error of the envelope. */
  execute(args: ToolArguments, context: ToolContext): HostValue | Promise<HostValue>;
}

/** ToolDefinition is a tool as a program in TypeScript writes it: plain arguments, plain result. */
export interface ToolDefinition<Args extends object> {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
  /** `unsafe` when absent. */
  readonly effect?: ToolEffect | undefined;
  /** `custom` when absent. */
  readonly category?: string | undefined;
  /** `1.0.0` when absent. */
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly reconcile?: ((idempotencyKey: string) => Promise<Reconciliation>) | undefined;
  /** Integers beyond 2^53 arrive as bigint, strings that are not UTF-8 as bytes. */
  execute(args: Args, context: ToolContext): unknown;
}

/**
 * A tool from its definition.
 *
 * @example
 * ```ts
 * const weather = defineTool({
 *   name: 'weather',
 *   description: 'Current weather of a city',
 *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
 *   effect: 'pure',
 *   execute: async ({ city }: { city: string }, { signal }) => fetchWeather(city, signal),
 * });
 * ```
 */
export function defineTool<Args extends object>(definition: ToolDefinition<Args>): Tool {
  const { reconcile } = definition;
  return {
    name: definition.name,
    description: definition.description,
    category: definition.category ?? 'custom',
    version: definition.version ?? '1.0.0',
    tags: definition.tags ?? [],
    parameters: definition.parameters,
    effect: definition.effect ?? 'unsafe',
    timeoutMs: definition.timeoutMs,
    ...(reconcile === undefined ? {} : { reconcile }),
    execute: async (args, context) => {
      const result = await definition.execute(toPlain(args) as Args, context);
      return fromPlain(result) satisfies Value;
    },
  };
}
