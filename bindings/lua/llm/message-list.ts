/** Messages as scripts write them, outside of any session. */
import { SpellError } from '../../../runtime/base/errors.js';
import { isMap, type Value, type ValueMap } from '../../../runtime/base/value.js';
import type { Message, Part } from '../../../runtime/provider/message.js';
import { checkParts, checkRole, partsFromData } from '../../../runtime/session/message-parts.js';

/**
 * A list of `{role=, content=}`, as `Session.history` returns them too; a string is said by the user.
 *
 * @throws SpellError `BAD_ARGUMENT` naming the message.
 */
export function messagesFrom(list: Value): readonly Message[] {
  if (isMap(list) && list.size === 0) return [];
  if (!Array.isArray(list)) throw bad('a list of messages expected');
  return list.map((given: Value, index) => {
    try {
      return messageFrom(given);
    } catch (thrown) {
      if (!(thrown instanceof SpellError)) throw thrown;
      throw bad(`message ${index + 1}: ${thrown.message}`, thrown.hint);
    }
  });
}

function messageFrom(given: Value): Message {
  if (typeof given === 'string') return { role: 'user', parts: partsFromData(given) };
  if (!isMap(given)) throw bad('a table {role=, content=} expected');
  const role = given.get('role') ?? 'user';
  if (typeof role !== 'string') throw bad("field 'role': a text expected");
  const message = { role: checkRole(role.toLowerCase()), parts: partsOf(given) };
  checkParts(message.role, message.parts);
  return message;
}

/** What is said: `parts` tells all of it, `content` with the fields of tools does for short. */
function partsOf(given: ValueMap): readonly Part[] {
  const parts = given.get('parts');
  if (parts !== undefined) return partsFromData(parts);
  const content = given.get('content') ?? '';
  const answered = given.get('tool_call_id');
  if (answered !== undefined) {
    const result = new Map<string, Value>([
      ['type', 'tool_result'],
      ['id', answered],
      ['name', given.get('name')],
      ['content', content],
      ['is_error', given.get('is_error')],
    ]);
    return partsFromData([result]);
  }
  const calls = given.get('tool_calls');
  const said = content === '' ? [] : partsFromData(content);
  if (calls === undefined || (isMap(calls) && calls.size === 0)) {
    return said.length === 0 ? partsFromData(content) : said;
  }
  if (!Array.isArray(calls)) throw bad("field 'tool_calls': a list expected");
  const wished = calls.map((call: Value) =>
    isMap(call) ? new Map([...call, ['type', 'tool_call']]) : call,
  );
  return [...said, ...partsFromData(wished)];
}

function bad(problem: string, hint?: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `field 'messages': ${problem}`, { hint, key: 'messages' });
}
