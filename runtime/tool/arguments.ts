import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import { Float, isMap, keyText, type Value, type ValueMap } from '../base/value.js';
import { type SchemaOptions, schemaFaults } from './json-schema.js';
import type { SchemaFault } from './schema-fault.js';
import type { Tool, ToolArguments } from './tool.js';

/**
 * The arguments of a call, checked against the tool's schema. Former names of arguments are taken for those of today.
 * Where the schema wants an array and an empty table came, it is taken for the empty array: Lua writes both as `{}`.
 *
 * @throws SpellError `TOOL_ARGUMENTS` with the JSON pointer of the first misfit and what was expected there.
 */
export async function checkArguments(
  tool: Tool,
  given: ToolArguments,
  { trusted = true }: SchemaOptions = {},
): Promise<ToolArguments> {
  let args = withNamesOfToday(tool, given);
  if (tool.check !== undefined) return checkByTool(tool, args, tool.check);
  for (;;) {
    const faults = await schemaFaults(tool.parameters, args, { trusted });
    const [first] = faults;
    if (first === undefined) return args;
    const next = withEmptyArrays(args, faults);
    if (next === args) throw misfit(tool, args, first, faults.length - 1);
    args = next;
  }
}

async function checkByTool(
  tool: Tool,
  given: ToolArguments,
  check: NonNullable<Tool['check']>,
): Promise<ToolArguments> {
  const args = hasEmptyTable(given)
    ? withEmptyArrays(given, await schemaFaults(tool.parameters, given, { trusted: true }))
    : given;
  const [first, ...more] = await check(args);
  if (first === undefined) return args;
  throw misfit(tool, args, first, more.length);
}

function hasEmptyTable(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasEmptyTable);
  return isMap(value) && (value.size === 0 || [...value.values()].some(hasEmptyTable));
}

function withNamesOfToday({ formerNames }: Tool, given: ToolArguments): ToolArguments {
  if (formerNames === undefined) return given;
  const former = Object.entries(formerNames).filter(
    ([name, today]) => given.has(name) && !given.has(today),
  );
  if (former.length === 0) return given;
  const names = new Map(former);
  return new Map([...given].map(([key, item]) => [names.get(key as string) ?? key, item]));
}

/** Every replacement takes an empty table away, so that the caller's loop ends. */
function withEmptyArrays(args: ToolArguments, faults: readonly SchemaFault[]): ToolArguments {
  let result: Value = args;
  for (const { keyword, message, path } of faults) {
    if (keyword !== 'type' || !/\barray\b/.test(message)) continue;
    const steps = pointerSteps(path);
    if (steps.length > 0) result = withEmptyArray(result, steps);
  }
  return isMap(result) ? result : args;
}

function withEmptyArray(value: Value, steps: readonly string[]): Value {
  const [step, ...rest] = steps;
  if (step === undefined) return isMap(value) && value.size === 0 ? [] : value;
  if (Array.isArray(value)) {
    const index = Number(step);
    const inner = withEmptyArray(value[index], rest);
    return inner === value[index] ? value : value.with(index, inner);
  }
  if (!isMap(value)) return value;
  for (const [key, item] of value) {
    if (keyText(key) !== step) continue;
    const inner = withEmptyArray(item, rest);
    return inner === item ? value : new Map([...value, [key, inner]]);
  }
  return value;
}

function pointerSteps(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function misfit(tool: Tool, args: ValueMap, fault: SchemaFault, more: number): SpellError {
  const place = fault.path === '' ? 'the arguments' : fault.path;
  const got = showsValue(fault) ? `, got ${show(valueAt(args, fault.path))}` : '';
  const message = `bad argument to the tool "${tool.name}": ${place} ${fault.message}${got}`;
  const name = pointerSteps(fault.path).at(-1) ?? '';
  const near = fault.known === undefined ? undefined : knownHint(name, fault.known);
  const others = more > 0 ? `${more} more ${more === 1 ? 'misfit' : 'misfits'}.` : undefined;
  const hints = [near, others].filter((hint) => hint !== undefined);
  return new SpellError('TOOL_ARGUMENTS', message, {
    key: fault.path,
    hint: hints.length === 0 ? undefined : hints.join(' '),
    details: { tool: tool.name, path: fault.path },
  });
}

/** A field that is missing has no value to show, and one that is not known needs none. */
function showsValue({ keyword }: SchemaFault): boolean {
  return keyword !== 'required' && !/Properties$/.test(keyword);
}

function knownHint(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'There are no such arguments.';
  return didYouMean(name, known) ?? `Known: ${known.join(', ')}.`;
}

function valueAt(args: ValueMap, pointer: string): Value {
  let value: Value = args;
  for (const step of pointerSteps(pointer)) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isMap(value)) value = [...value].find(([key]) => keyText(key) === step)?.[1];
  }
  return value;
}

/** The kind of a value, and the value itself where it is short. */
function show(value: Value): string {
  if (value === undefined || value === null) return 'nil';
  if (isMap(value)) return value.size === 0 ? 'an empty table' : 'a table';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Float) return `${value.value}.0`;
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? `text of ${value.length} characters` : JSON.stringify(value);
}
