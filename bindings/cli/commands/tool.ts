/** `llmspell tool list`, `llmspell tool show <name>` */

import { toSpellError } from '../../../runtime/base/errors.js';
import { fromPlain, type HostObject } from '../../../runtime/base/value.js';
import type { Tool } from '../../../runtime/tool/tool.js';
import { schemaOf } from '../../lua/tool/tool-module.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { printableLine } from '../render/printable.js';
import { type Column, tableText } from '../render/table.js';

export async function listTools(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const category = options.text('category');
  const tag = options.text('tag');
  const tools = await withRuntime(invocation, async (runtime) => {
    for (const { source, error } of (await runtime.tools.load()) ?? []) {
      terminal.note(
        printableLine(`the tools of ${source} are missing: ${toSpellError(error).message}`),
      );
    }
    return runtime.tools.discover({ category, tag });
  });
  await terminal.result({ items: tools.map(toolView), next: null }, async () => {
    if (tools.length === 0) return terminal.note('no tools');
    terminal.out(tableText(tools, COLUMNS, await terminal.paint(1)));
  });
  return EXIT_OK;
}

export async function showTool(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const [name = ''] = args;
  const tool = await withRuntime(invocation, async (runtime) => {
    await runtime.tools.load(name);
    return runtime.tools.get(name);
  });
  const { parameters, json_schema } = schemaOf(tool) as {
    parameters: readonly HostObject[];
    json_schema: HostObject;
  };
  await terminal.result({ ...toolView(tool), parameters, json_schema }, async () => {
    const paint = await terminal.paint(1);
    const { description, category, effect, version, timeoutMs } = tool;
    terminal.out(`${paint.bold(name)} ${version}\n${description}\n\n`);
    const limit = timeoutMs === undefined ? '' : `, at most ${timeoutMs / 1000} s`;
    terminal.out(`${category}, ${effect}${limit}\n\n`);
    if (parameters.length > 0) terminal.out(tableText(argumentsOf(tool), ARGUMENT_COLUMNS, paint));
  });
  return EXIT_OK;
}

const COLUMNS: readonly Column<Tool>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'CATEGORY', text: ({ category }) => category },
  { title: 'EFFECT', text: ({ effect }) => effect },
  { title: 'DESCRIPTION', text: ({ description }) => description },
];

function toolView(tool: Tool): HostObject {
  const { name, description, category, version, effect, tags, timeoutMs } = tool;
  return { name, description, category, version, effect, tags, timeout_ms: timeoutMs ?? null };
}

interface Argument {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly required: boolean;
}

function argumentsOf({ parameters }: Tool): Argument[] {
  const required = (parameters.required ?? []) as readonly string[];
  const properties = (parameters.properties ?? {}) as Record<string, Argument['schema']>;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name),
  }));
}

const ARGUMENT_COLUMNS: readonly Column<Argument>[] = [
  { title: 'ARGUMENT', text: ({ name, required }) => (required ? `${name} (needed)` : name) },
  { title: 'TYPE', text: ({ schema }) => typeText(schema) },
  { title: 'MEANING', text: ({ schema }) => String(schema.description ?? '') },
];

function typeText({ type, enum: choices }: Argument['schema']): string {
  if (Array.isArray(choices)) return choices.map((choice) => String(fromPlain(choice))).join('|');
  return Array.isArray(type) ? type.join('|') : String(type ?? 'any');
}
