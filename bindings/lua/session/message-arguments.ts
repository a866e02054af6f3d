/** How the functions about messages read their arguments. */
import { SpellError } from '../../../runtime/base/errors.js';
import type { Value, ValueMap } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Part, Role } from '../../../runtime/provider/message.js';
import type { HistoryOptions } from '../../../runtime/session/conversation-reader.js';
import type { NodeUsage } from '../../../runtime/session/message-node.js';
import { checkRole, partsFromData } from '../../../runtime/session/message-parts.js';
import { usageFromData } from '../../../runtime/session/usage-data.js';
import { badArgument, isAbsent, type Options, text, value } from '../arguments.js';
import { readFields } from './option-fields.js';
import { optionalSessionId } from './session-argument.js';

export interface NewMessage {
  readonly id: string | undefined;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly conversation?: string | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly name?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: NodeUsage | undefined;
  readonly metadata?: ValueMap | undefined;
}

/** `Session.addMessage(session, role, content[, options])` */
export function parseMessage(args: HostArguments): NewMessage {
  const id = optionalSessionId(args, 1);
  const role = naming(args, 2, () => checkRole(text(args, 2).toLowerCase()));
  if (isAbsent(args, 4)) return { id, role, parts: partsOf(args, {}) };
  return readFields(args, 4, (fields) => {
    const name = fields.text('name');
    const calls = fields.raw('tool_calls');
    const answered = fields.text('tool_call_id');
    const isError = fields.boolean('is_error');
    const parent = fields.text('parent');
    return {
      id,
      role,
      parts: partsOf(args, { calls, answered, name, isError }),
      name,
      conversation: fields.text('conversation'),
      parents: fields.texts('parents') ?? (parent === undefined ? undefined : [parent]),
      provider: fields.text('provider'),
      model: fields.text('model'),
      usage: usageOf(args, fields),
      metadata: fields.map('metadata'),
    };
  });
}

interface ToolFields {
  readonly calls?: Value;
  readonly answered?: string | undefined;
  readonly name?: string | undefined;
  readonly isError?: boolean | undefined;
}

/** What is said, with the calls of tools and their answers that the options add. */
function partsOf(args: HostArguments, tool: ToolFields): readonly Part[] {
  const { calls, answered, name, isError } = tool;
  return naming(args, 3, () => {
    if (answered !== undefined) {
      const result = { type: 'tool_result', id: answered, name, is_error: isError };
      return partsFromData([
        new Map<string, Value>([...Object.entries(result), ['content', contentOf(args)]]),
      ]);
    }
    if (calls === undefined) return partsFromData(contentOf(args));
    const said = isAbsent(args, 3) ? [] : partsFromData(contentOf(args));
    const called = Array.isArray(calls) ? calls : [calls];
    const wished = called.map((call) =>
      call instanceof Map ? new Map([...call, ['type', 'tool_call']]) : call,
    );
    return [...said, ...partsFromData(wished as readonly Value[])];
  });
}

function contentOf(args: HostArguments): Value {
  const isText = args.type(3) !== 'table';
  return isText && args.type(3) !== 'string' ? text(args, 3) : value(args, 3);
}

/** Says of which argument an error tells. */
function naming<T>(args: HostArguments, index: number, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const isOwn = thrown instanceof SpellError && thrown.key !== undefined;
    throw isOwn ? badArgument(args, index, thrown.message, thrown.hint) : thrown;
  }
}

function usageOf(args: HostArguments, fields: Options): NodeUsage | undefined {
  const given = fields.map('usage');
  if (given === undefined) return undefined;
  return readFields(args, 4, usageFromData, given);
}

export interface HistoryArguments extends HistoryOptions {
  readonly id: string | undefined;
}

/** `Session.history(session[, options])` */
export function parseHistory(args: HostArguments): HistoryArguments {
  const id = optionalSessionId(args, 1);
  if (isAbsent(args, 2)) return { id };
  return readFields(args, 2, (fields) => ({
    id,
    conversation: fields.text('conversation'),
    includeSystem: fields.boolean('include_system'),
    limit: limitOf(args, fields.number('limit')),
  }));
}

function limitOf(args: HostArguments, limit: number | undefined): number | undefined {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 0)) return limit;
  throw badArgument(args, 2, `field 'limit': a whole number from 0 expected, got ${limit}`);
}

/** `Session.clearHistory(session[, options])` */
export function parseClear(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  if (isAbsent(args, 2)) return { id, conversation: undefined, keepSystemPrompt: true };
  return readFields(args, 2, (fields) => ({
    id,
    conversation: fields.text('conversation'),
    keepSystemPrompt: fields.boolean('keep_system_prompt') ?? true,
  }));
}

/** `Session.setSystemPrompt(session, text[, options])` */
export function parseSystemPrompt(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  const prompt = text(args, 2);
  if (isAbsent(args, 3)) return { id, prompt, conversation: undefined };
  const conversation = readFields(args, 3, (fields) => fields.text('conversation'));
  return { id, prompt, conversation };
}
