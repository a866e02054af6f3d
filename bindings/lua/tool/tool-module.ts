/** The `Tool` global: each line is a Lua name, how its arguments are read, and what it does. */
import {
  fromPlain,
  type HostObject,
  type HostValue,
  type ValueMap,
} from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallContext, HostCallKind, Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { callTool } from '../../../runtime/tool/call.js';
import type { ToolRegistry } from '../../../runtime/tool/registry.js';
import { effectOf, type Tool } from '../../../runtime/tool/tool.js';
import { isAbsent, optionalTable, text } from '../arguments.js';
import { readFields } from '../session/option-fields.js';

export function toolModule(services: Services): GlobalFunction[] {
  const { tools, toolPolicy } = services;
  const define = <A>(
    name: string,
    kind: HostCallKind,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path: `Tool.${name}`,
      parse,
      operation: { op: `tool.${name}`, kind, waits: true, perform },
    });
  const calling: Operation<ToolCall> = {
    op: 'tool.execute',
    kind: 'external',
    waits: true,
    perform: (call, context) => execute(services, call, context),
    target: ({ name }) => ({ tool: name }),
    effect: ({ name, args, approved }) => {
      // What is refused starts no server.
      if (name.includes('/')) toolPolicy.check(name, approved);
      const effect = () => effectOf(tools.get(name), args);
      const loading = tools.load(name);
      return loading === undefined ? effect() : loading.then(effect);
    },
    reconcile: ({ name }, key) => reconcile(tools.get(name), key),
  };
  return [
    globalFunction<ToolCall>({ path: 'Tool.execute', parse: parseExecute, operation: calling }),
    globalFunction<ToolCall>({
      path: 'host.execute_approved',
      parse: (args) => ({ ...parseExecute(args), approved: true }),
      operation: calling,
    }),
    define(
      'list',
      'state',
      () => undefined,
      () => loaded(tools, undefined, () => tools.list().map(summary)),
    ),
    define('get', 'state', name1, (name) =>
      loaded(tools, name, () => (tools.exists(name) ? describe(tools.get(name)) : undefined)),
    ),
    define('schema', 'state', name1, (name) =>
      loaded(tools, name, () => schemaOf(tools.get(name))),
    ),
    define('exists', 'state', name1, (name) => loaded(tools, name, () => tools.exists(name))),
    define(
      'categories',
      'state',
      () => undefined,
      () => loaded(tools, undefined, () => tools.categories()),
    ),
    define('discover', 'state', parseDiscover, (query) =>
      loaded(tools, undefined, () => tools.discover(query).map(summary)),
    ),
  ];
}

/** What is known once the server of a tool, or all of them, said which tools they have. */
function loaded(
  tools: ToolRegistry,
  name: string | undefined,
  answer: () => HostValue,
): HostValue | Promise<HostValue> {
  const loading = tools.load(name);
  return loading === undefined ? answer() : loading.then(answer);
}

function name1(args: HostArguments): string {
  return text(args, 1);
}

interface ToolCall {
  readonly name: string;
  readonly args: ValueMap;
  /** Someone has agreed to it. */
  readonly approved?: boolean;
}

function parseExecute(args: HostArguments): ToolCall {
  const name = text(args, 1);
  return { args: optionalTable(args, 2) ?? new Map(), name };
}

function parseDiscover(args: HostArguments) {
  if (isAbsent(args, 1)) return {};
  return readFields(args, 1, (fields) => ({
    category: fields.text('category'),
    tag: fields.text('tag'),
  }));
}

async function execute(
  { tools, toolPolicy, clock, secrets, machine, toolLimits: limits }: Services,
  { name, args, approved }: ToolCall,
  call: CallContext,
): Promise<HostValue> {
  if (!name.includes('/')) tools.get(name);
  toolPolicy.check(name, approved, call.decided);
  const loading = tools.load(name);
  if (loading !== undefined) await loading;
  const { signal, key } = call;
  return callTool(tools, name, args, {
    clock,
    secrets,
    limits,
    machine: machine.seenBy(call.decided),
    signal,
    callId: key,
    idempotencyKey: key,
  });
}

/** The result of an earlier attempt, in the envelope that the call would have had. */
async function reconcile(tool: Tool, key: string): Promise<HostValue> {
  const found = await tool.reconcile?.(key);
  if (found?.happened !== true) return undefined;
  return { success: true, result: found.result, duration_ms: 0 };
}

function summary(tool: Tool): HostObject {
  const { name, description, category, version, effect } = tool;
  return { name, description, category, version, effect };
}

/** The tool with its schema, and its parameters in the list form of rs-llmspell. */
function describe(tool: Tool): HostObject {
  return { ...summary(tool), tags: tool.tags, schema: schemaOf(tool) };
}

/** A tool's schema, and its parameters in the list form of rs-llmspell. */
export function schemaOf(tool: Tool): HostObject {
  const required = new Set(tool.parameters.required as readonly string[] | undefined);
  const properties = (tool.parameters.properties ?? {}) as Record<string, Record<string, unknown>>;
  return {
    name: tool.name,
    description: tool.description,
    json_schema: fromPlain(tool.parameters),
    parameters: Object.entries(properties).map(([name, schema]) => ({
      name,
      type: fromPlain(schema.type),
      description: fromPlain(schema.description),
      required: required.has(name),
      default: fromPlain(schema.default),
    })),
  };
}
