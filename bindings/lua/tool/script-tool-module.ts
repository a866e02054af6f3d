/** What tools need of the host whose functions are those of the script: definitions, checks, and the time they take. */
import { SpellError } from '../../../runtime/base/errors.js';
import { didYouMean } from '../../../runtime/base/nearest-name.js';
import {
  type HostObject,
  isMap,
  toPlain,
  type Value,
  type ValueMap,
} from '../../../runtime/base/value.js';
import { type HostArguments, Results } from '../../../runtime/engine/engine.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { checkArguments } from '../../../runtime/tool/arguments.js';
import { requireFitTool } from '../../../runtime/tool/registry.js';
import {
  defineTool,
  type JsonSchema,
  type Tool,
  type ToolDefinition,
} from '../../../runtime/tool/tool.js';
import { list, number, optionalTable, table, text } from '../arguments.js';
import { readFields } from '../session/option-fields.js';
import { optionalSessionId, requireReached } from '../session/session-argument.js';
import { sessionTarget } from '../session/session-function.js';
import { schemaOf } from './tool-module.js';

/** A name that is none, and those of the tools of the script. */
interface NearTools {
  readonly name: string;
  readonly own: readonly string[];
}

export function scriptToolModule(services: Services): GlobalFunction[] {
  const { clock, tools, toolPolicy } = services;
  return [
    globalFunction<Tool>({
      path: 'host.tool_definition',
      parse: parseDefinition,
      operation: {
        op: 'tool.define',
        kind: 'state',
        waits: false,
        shown: (tool) => withoutFunction(tool as Tool),
        // The answer, which is recorded, is what the script says.
        foreign: true,
        perform: (tool) => {
          if (!tools.exists(tool.name)) {
            const { category, version, tags } = tool;
            return { ...schemaOf(tool), category, version, tags };
          }
          throw new SpellError('BAD_ARGUMENT', `there is a tool "${tool.name}" already`, {
            hint: 'Choose another name.',
          });
        },
      },
    }),
    globalFunction<ToolCheck>({
      path: 'host.check_tool',
      parse: (args) => ({ name: text(args, 1), parameters: table(args, 2), args: table(args, 3) }),
      operation: {
        op: 'tool.check',
        kind: 'state',
        waits: true,
        target: ({ name }) => ({ tool: name }),
        perform: async ({ name, parameters, args }, { decided }) => {
          toolPolicy.check(name, false, decided);
          const tool = defineTool({
            name,
            description: '',
            parameters: schema(parameters),
            execute,
          });
          await checkArguments(tool, args, { trusted: false });
          return Math.round(clock.now());
        },
      },
    }),
    globalFunction<NearTools>({
      path: 'host.near_tools',
      parse: (args) => ({ name: text(args, 1), own: list(args, 2).map(String) }),
      operation: {
        op: 'tool.near',
        kind: 'state',
        waits: false,
        perform: ({ name, own }) =>
          didYouMean(name, [...tools.list().map((tool) => tool.name), ...own]),
      },
    }),
    globalFunction<number>({
      path: 'host.tool_duration',
      parse: (args) => number(args, 1),
      operation: {
        op: 'tool.duration',
        kind: 'state',
        waits: false,
        perform: (startedAt) => Math.max(0, Math.round(clock.now()) - startedAt),
      },
    }),
    globalFunction<string | undefined>({
      path: 'host.session_tools',
      parse: (args) => optionalSessionId(args, 1),
      operation: {
        op: 'session.tools',
        kind: 'state',
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        perform: async (id, call) => {
          const { details } = await services.stores();
          const session = requireReached(services, id, call);
          return new Results(session, (await details.settings(session)).tools);
        },
      },
    }),
    globalFunction<AddedTool>({
      path: 'host.add_tool',
      parse: parseAdded,
      operation: {
        op: 'session.addTool',
        kind: 'store',
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        perform: async ({ session, tool }, call) => {
          const { details } = await services.stores();
          requireReached(services, session, call);
          if (typeof tool === 'string') {
            await tools.load(tool);
            tools.get(tool);
          }
          return call.commit(
            (tx) => details.addTool(tx, session, tool),
            () => true,
          );
        },
      },
    }),
  ];
}

interface ToolCheck {
  readonly name: string;
  readonly parameters: ValueMap;
  readonly args: ValueMap;
}

interface AddedTool {
  readonly session: string;
  readonly tool: Value;
}

/** What a record can show of a tool. */
function withoutFunction({ execute: _, ...shown }: Tool): Omit<Tool, 'execute'> {
  return shown;
}

/** `host.tool_definition(fields, type of run)`: what `Tool.define` was given. */
function parseDefinition(args: HostArguments): Tool {
  const runs = text(args, 2);
  if (runs !== 'function') {
    throw badTool(args, `field 'run': function expected, got ${runs}`);
  }
  return readFields(args, 1, (fields) => {
    const parameters = fields.map('parameters');
    return checkedTool(args, {
      name: fields.text('name') ?? '',
      description: fields.text('description') ?? '',
      parameters: parameters === undefined ? { type: 'object' } : schema(parameters),
      category: fields.text('category') ?? 'script',
      version: fields.text('version'),
      tags: fields.texts('tags'),
    });
  });
}

function checkedTool(
  args: HostArguments,
  definition: Omit<ToolDefinition<object>, 'execute'>,
): Tool {
  const tool = defineTool({ ...definition, execute });
  try {
    requireFitTool(tool);
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    throw badTool(args, thrown.message, thrown.hint);
  }
  return tool;
}

/** The function that is called is that of the script. */
function execute(): never {
  throw new SpellError('INTERNAL', 'a tool of the script was called outside of it');
}

function badTool(args: HostArguments, problem: string, hint?: string): SpellError {
  const path = args.path === 'host.add_tool' ? 'Session.addTool' : 'Tool.define';
  const index = args.path === 'host.add_tool' ? 2 : 1;
  return new SpellError('BAD_ARGUMENT', `bad argument #${index} to '${path}' (${problem})`, {
    hint,
  });
}

/** `host.add_tool(session, name or definition)` */
function parseAdded(args: HostArguments): AddedTool {
  const session = text(args, 1);
  if (args.type(2) === 'string') return { session, tool: text(args, 2) };
  const definition = optionalTable(args, 2) ?? new Map();
  const { name, description, parameters } = toPlain(definition) as Record<string, unknown>;
  checkedTool(args, {
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : '',
    parameters: isMap(definition.get('parameters'))
      ? (parameters as JsonSchema)
      : { type: 'object' },
  });
  return { session, tool: definition };
}

function schema(parameters: ValueMap): JsonSchema {
  return toPlain(parameters as HostObject | ValueMap) as JsonSchema;
}
