/** `llmspell tool call <name> [pairs...]` */
import { SpellError } from '../../../runtime/base/errors.js';
import { parseJson } from '../../../runtime/base/json.js';
import { toPlain, type Value, type ValueKey, type ValueMap } from '../../../runtime/base/value.js';
import type { ToolError } from '../../../runtime/tool/envelope.js';
import type { Tool } from '../../../runtime/tool/tool.js';
import { CommandFailure, type Invocation, withRuntime } from '../invocation.js';
import { usageError } from '../option.js';
import { jsonText } from '../render/json-view.js';
import { finish, followRun, runLimits } from '../script-run.js';
import { filePieces } from './file-input.js';

export async function callTool(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const [name = '', ...pairs] = args;
  const given = await jsonArguments(options.text('args'));
  const limits = await runLimits(options);
  return withRuntime(invocation, async (runtime) => {
    await runtime.tools.load(name);
    const tool = runtime.tools.get(name);
    const toolArgs = new Map([...given, ...pairs.map((pair) => argumentOf(tool, pair))]);
    const ended = await followRun(invocation, runtime, false, (following) =>
      runtime.call('Tool.execute', [name, toolArgs], { ...following, ...limits }),
    );
    const { outcome } = ended;
    if (outcome.error !== undefined) return finish(terminal, ended);
    const envelope = outcome.values[0] as ValueMap;
    const data = new Map<ValueKey, Value>([['run', outcome.run], ['tool', name], ...envelope]);
    if (envelope.get('success') !== true) throw new CommandFailure(errorOf(envelope), data);
    await terminal.result(data, () => {
      const result = envelope.get('result');
      const isText = typeof result === 'string' || result instanceof Uint8Array;
      terminal.out(isText ? result : `${jsonText(result, { indent: 2 })}\n`);
      if (typeof result === 'string' && !result.endsWith('\n')) terminal.out('\n');
    });
    return outcome.exitStatus;
  });
}

function errorOf(envelope: ValueMap): SpellError {
  const error = toPlain(envelope.get('error')) as ToolError;
  const { code, message, hint, details } = error;
  return new SpellError(code, message, { hint, details });
}

/** The object behind `--args`: JSON, `@file`, or `-` for standard input. @throws SpellError `USAGE`, `FILE_*` */
async function jsonArguments(text: string | undefined): Promise<ValueMap> {
  if (text === undefined) return new Map();
  const isFile = text === '-' || text.startsWith('@');
  const json = isFile ? await contentOf(text.replace(/^@/, '')) : text;
  const value = parsed(json);
  if (value instanceof Map) return value;
  throw usageError("option '--args' must be a JSON object", 'Such as --args \'{"input": "x"}\'.');
}

async function contentOf(file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of filePieces(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function parsed(json: string | Uint8Array): Value {
  try {
    return parseJson(json);
  } catch (cause) {
    throw new SpellError('USAGE', `option '--args' is no JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** `KEY=VALUE`; a value that is JSON counts as such, unless the tool wants text there. */
function argumentOf(tool: Tool, pair: string): [string, Value] {
  const at = pair.indexOf('=');
  if (at < 1) {
    throw usageError(
      `arguments are pairs KEY=VALUE, got ${JSON.stringify(pair)}`,
      'A whole JSON object goes behind --args.',
    );
  }
  const key = pair.slice(0, at);
  const text = pair.slice(at + 1);
  if (wantsText(tool, key)) return [key, text];
  try {
    return [key, parseJson(text)];
  } catch {
    return [key, text];
  }
}

function wantsText({ parameters, formerNames = {} }: Tool, key: string): boolean {
  const properties = (parameters.properties ?? {}) as Record<string, { readonly type?: unknown }>;
  return properties[formerNames[key] ?? key]?.type === 'string';
}
