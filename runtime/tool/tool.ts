/**
 * Tool is the port behind which everything is that a script or a model can call by name: a built-in tool, one that
 * the embedding program defines, one that Lua registers, or one of an MCP server.
 */
import { fromPlain, type HostValue, toPlain, type Value, type ValueMap } from '../base/value.js';
import type { ArgumentsOf } from './arguments-of.js';
import type { MachineAccess } from './machine.js';
import type { SchemaFault } from './schema-fault.js';
import {
  jsonSchemaOf,
  type OutputOf,
  type StandardSchema,
  validateStandard,
} from './standard-schema.js';
import type { ToolLimit } from './tool-limits.js';

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
  /** Milliseconds since 1970, by the clock of the runtime. */
  now(): number;
  /**
   * The value behind a handle of `Secret.get` among the arguments, where it is needed and no earlier.
   *
   * @throws SpellError `POLICY_DENIED`, `SECRET_NOT_FOUND`, `BAD_ARGUMENT` for what is no handle.
   */
  secret(handle: unknown): string;
  /** What the configuration opens of the machine: files, programs, variables. */
  readonly machine: MachineAccess;
  /** What `[tools.<name>]` allows this tool. */
  readonly limit: ToolLimit;
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
  /** Names that arguments had in earlier versions, with the names that they have now. */
  readonly formerNames?: Readonly<Record<string, string>> | undefined;
  readonly effect: ToolEffect;
  /** The effect of a call with these arguments, which are not checked, where it is less than `effect`. */
  effectOf?(args: ToolArguments): ToolEffect;
  /** Milliseconds that one call may take; no limit when absent. */
  readonly timeoutMs?: number | undefined;
  /** What became of the attempt with this key; required of `reconcilable` tools. */
  reconcile?(idempotencyKey: string): Promise<Reconciliation>;
  /** What keeps the arguments from fitting; takes the place of a check against `parameters`. */
  check?(args: ToolArguments): Promise<readonly SchemaFault[]>;
  /** The arguments fit the schema. What is thrown becomes the error of the envelope. */
  execute(args: ToolArguments, context: ToolContext): HostValue | Promise<HostValue>;
}

/** What may become of a call with these arguments, which are not checked. */
export function effectOf(tool: Tool, args: ToolArguments): ToolEffect {
  return tool.effectOf?.(args) ?? tool.effect;
}

/** ToolDefinition is a tool as a program in TypeScript writes it: plain arguments, plain result. */
export interface ToolDefinition<Args extends object> extends ToolSettings {
  readonly parameters: JsonSchema;
  /** Integers beyond 2^53 arrive as bigint, strings that are not UTF-8 as bytes. */
  execute(args: Args, context: ToolContext): unknown;
}

/** What is said of every tool. */
export interface ToolSettings {
  readonly name: string;
  readonly description: string;
  /** `unsafe` when absent. */
  readonly effect?: ToolEffect | undefined;
  /** `custom` when absent. */
  readonly category?: string | undefined;
  /** `1.0.0` when absent. */
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Names that arguments had in earlier versions, with the names that they have now. */
  readonly formerNames?: Readonly<Record<string, string>> | undefined;
  readonly reconcile?: ((idempotencyKey: string) => Promise<Reconciliation>) | undefined;
}

/** StandardToolDefinition is a tool whose arguments a schema of Zod, Valibot, ArkType or another library describes. */
export interface StandardToolDefinition<S extends StandardSchema> extends ToolSettings {
  readonly input: S;
  /** What models are shown; needed where the library has no conversion to JSON Schema. */
  readonly parameters?: JsonSchema | undefined;
  /** Gets what the schema makes of the arguments: with defaults, transformed. */
  execute(args: OutputOf<S>, context: ToolContext): unknown;
}

/**
 * A tool from its definition.
 *
 * @throws SpellError `BAD_ARGUMENT` for an `input` that can't be said as JSON Schema, without `parameters`.
 *
 * @example
 * ```ts
 * const weather = defineTool({
 *   name: 'weather',
 *   description: 'Current weather of a city',
 *   input: z.object({ city: z.string(), days: z.int().default(1) }),
 *   effect: 'pure',
 *   execute: async ({ city, days }, { signal }) => fetchWeather(city, days, signal),
 * });
 * ```
 */
export function defineTool<S extends StandardSchema>(definition: StandardToolDefinition<S>): Tool;
/**
 * A tool whose arguments a JSON Schema describes. Their type follows from the schema where it is written in place.
 *
 * @example
 * ```ts
 * const weather = defineTool({
 *   name: 'weather',
 *   description: 'Current weather of a city',
 *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
 *   execute: ({ city }) => fetchWeather(city),
 * });
 * ```
 */
export function defineTool<const S extends JsonSchema, Args extends object = ArgumentsOf<S>>(
  definition: Omit<ToolDefinition<Args>, 'parameters'> & { readonly parameters: S },
): Tool;
export function defineTool<Args extends object>(definition: ToolDefinition<Args>): Tool;
export function defineTool(
  definition: ToolDefinition<object> | StandardToolDefinition<StandardSchema>,
): Tool {
  const { name, description, reconcile } = definition;
  const call = definition.execute as (args: unknown, context: ToolContext) => unknown;
  const settings = {
    name,
    description,
    category: definition.category ?? 'custom',
    version: definition.version ?? '1.0.0',
    tags: definition.tags ?? [],
    effect: definition.effect ?? 'unsafe',
    timeoutMs: definition.timeoutMs,
    formerNames: definition.formerNames,
    ...(reconcile === undefined ? {} : { reconcile }),
  };
  if (!('input' in definition)) {
    return {
      ...settings,
      parameters: definition.parameters,
      execute: async (args, context) => fromPlain(await call(toPlain(args), context)),
    };
  }
  const { input, parameters = jsonSchemaOf(name, input) } = definition;
  // What the schema made of the arguments when they were checked.
  const outputs = new WeakMap<ToolArguments, unknown>();
  return {
    ...settings,
    parameters,
    check: async (args) => {
      const result = await validateStandard(input, toPlain(args));
      if ('value' in result) outputs.set(args, result.value);
      return result.faults;
    },
    execute: async (args, context) =>
      fromPlain(await call(outputs.get(args), context)) satisfies Value,
  };
}
