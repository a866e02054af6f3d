/** How the functions that ask models read what they are asked. */

import { SpellError } from '../../../runtime/base/errors.js';
import { secretOf } from '../../../runtime/base/secret.js';
import { isMap, toPlain, type Value, type ValueMap } from '../../../runtime/base/value.js';
import type { Ask } from '../../../runtime/conversation/ask.js';
import { PARAMETER_NAMES, readParameters } from '../../../runtime/conversation/parameters.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Part } from '../../../runtime/provider/message.js';
import type { ToolSpec } from '../../../runtime/provider/provider.js';
import { partsFromData } from '../../../runtime/session/message-parts.js';
import { requireNoSecret } from '../../../runtime/session/session-settings.js';
import {
  badArgument,
  integer,
  isAbsent,
  list,
  type Options,
  table,
  text,
  value,
} from '../arguments.js';
import { providerOf } from '../session/create-arguments.js';
import { readFields } from '../session/option-fields.js';
import { optionalSessionId } from '../session/session-argument.js';
import { messagesFrom } from './message-list.js';

/** AskCall is an ask with what only preludes say of it. */
export interface AskCall {
  readonly ask: Ask;
  /** The ask is about the current session, or the one that is named. */
  readonly isInSession: boolean;
  /** The stream whose answer was lost. */
  readonly again: string | undefined;
}

/** `LLM.generate(request)`; a string is the prompt. The second argument is what preludes add. */
export function parseRequest(args: HostArguments): AskCall {
  const inner = innerFields(args, 2);
  if (args.type(1) === 'string') {
    const prompt = partsFromData(text(args, 1));
    return { ...inner, isInSession: false, ask: { ...inner.ask, prompt, parameters: {} } };
  }
  const ask = readFields(args, 1, (fields) => {
    const given = fields.raw('prompt');
    const prompt = given === undefined ? undefined : partsAt(args, 1, given);
    return { prompt, ...optionsOf(args, 1, fields) };
  });
  return { ...inner, isInSession: false, ask: { ...inner.ask, ...ask } };
}

/** `Session.generate(session, prompt[, options])`; the fourth argument is what preludes add. */
export function parseTurn(args: HostArguments): AskCall {
  const session = optionalSessionId(args, 1);
  const inner = innerFields(args, 4);
  const prompt = isAbsent(args, 2) ? undefined : partsAt(args, 2, value(args, 2));
  const options = isAbsent(args, 3)
    ? { parameters: {} }
    : readFields(args, 3, (fields) => ({
        conversation: fields.text('conversation'),
        ...optionsOf(args, 3, fields),
      }));
  return { ...inner, isInSession: true, ask: { ...inner.ask, session, prompt, ...options } };
}

interface InnerFields {
  readonly ask: Pick<Ask, 'follow' | 'models'>;
  readonly again: string | undefined;
}

function innerFields(args: HostArguments, index: number): InnerFields {
  if (isAbsent(args, index)) return { ask: {}, again: undefined };
  return readFields(args, index, (fields) => {
    const follow = fields.raw('follow');
    return {
      again: fields.text('again'),
      ask: {
        follow: follow === undefined ? undefined : messagesFrom(follow),
        models: fields.map('models'),
      },
    };
  });
}

/**
 * What a prompt or the options of a call say to the model, checked before anything is done: the fields, the function
 * that has them, the place among its arguments, and the names of the fields that are not for the model.
 *
 * @throws SpellError `BAD_ARGUMENT` as if that function had read them.
 */
export function checkAskFields(args: HostArguments): void {
  const place = `#${integer(args, 3)} to '${text(args, 2)}'`;
  try {
    readFields(args, 1, (fields) => {
      fields.raw(...list(args, 4).map(String));
      optionsOf(args, 1, fields);
    });
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    const { code, message, hint, key } = thrown;
    throw new SpellError(
      code,
      message.replace(`#1 to '${args.path}'`, () => place),
      { hint, key },
    );
  }
}

type AskOptions = Omit<Ask, 'session' | 'conversation' | 'prompt' | 'follow' | 'models'>;

function optionsOf(args: HostArguments, index: number, fields: Options): AskOptions {
  const messages = fields.raw('messages');
  const chosen = providerOf(args, index, fields.raw('provider'));
  const schema = fields.map('schema');
  const tools = fields.raw('tools');
  const apiKey = fields.raw('api_key');
  return {
    messages:
      messages === undefined ? undefined : naming(args, index, () => messagesFrom(messages)),
    system: fields.text('system', 'system_prompt'),
    provider: chosen.provider,
    model: fields.text('model', 'model_name') ?? chosen.model,
    tools: tools === undefined ? undefined : toolsOf(args, index, tools),
    schema: schema === undefined ? undefined : plainMap(schema),
    apiKey: apiKey === undefined ? undefined : keyOf(args, index, apiKey),
    parameters: parametersOf(args, index, fields),
  };
}

function parametersOf(args: HostArguments, index: number, fields: Options): Ask['parameters'] {
  const further = fields.map('provider_config');
  const extra = fields.map('extra');
  // Here already: what gets past the door is recorded.
  for (const given of [further, extra]) {
    if (given !== undefined) naming(args, index, () => requireNoSecret(given));
  }
  const named = PARAMETER_NAMES.flatMap((name): [string, Value][] => {
    const given = fields.raw(name);
    return given === undefined ? [] : [[name, given]];
  });
  const all = new Map([...(further ?? []), ...(extra ?? []), ...named]) satisfies ValueMap;
  return naming(args, index, () => readParameters(all));
}

function toolsOf(args: HostArguments, index: number, given: Value): readonly (string | ToolSpec)[] {
  if (isMap(given) && given.size === 0) return [];
  const list = Array.isArray(given) ? given : [given];
  return list.map((tool) => {
    if (typeof tool === 'string') return tool;
    if (isMap(tool)) return toolSpec(args, index, tool);
    throw badArgument(args, index, "field 'tools': a list of names and definitions expected");
  });
}

/** A definition; other fields than these are for whoever runs the tool. */
export function toolSpec(args: HostArguments, index: number, given: ValueMap): ToolSpec {
  const name = given.get('name');
  const description = given.get('description') ?? '';
  const parameters = given.get('parameters') ?? new Map([['type', 'object']]);
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    const problem = "the name of a tool has 1 to 64 letters, digits, '_' and '-'";
    throw badArgument(args, index, `field 'tools': ${problem}`);
  }
  if (typeof description !== 'string' || !isMap(parameters)) {
    const problem = `"${name}": a description and parameters (a JSON Schema) expected`;
    throw badArgument(args, index, `field 'tools': ${problem}`);
  }
  return { name, description, parameters: plainMap(parameters) };
}

function keyOf(args: HostArguments, index: number, given: Value): Ask['apiKey'] {
  const secret = secretOf(given);
  if (secret !== undefined) return secret.toJSON();
  throw badArgument(
    args,
    index,
    "field 'api_key': the handle of an open secret expected",
    'Write secrets = ["NAME"] under [runtime.security] in llmspell.toml, and api_key = Secret.get("NAME"): ' +
      'a key itself would stay in the script and its records.',
  );
}

function plainMap(map: ValueMap): Readonly<Record<string, unknown>> {
  return toPlain(map) as Readonly<Record<string, unknown>>;
}

function partsAt(args: HostArguments, index: number, given: Value): readonly Part[] {
  return naming(args, index, () => partsFromData(given));
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

/** Requirements of a task, and whom they are about. */
export function parseRequirements(args: HostArguments) {
  const requirements = Object.fromEntries(
    [...table(args, 1)].map(([name, wanted]) => {
      const plain = toPlain(wanted);
      if (typeof plain === 'boolean' || typeof plain === 'number') return [String(name), plain];
      throw badArgument(args, 1, `field '${String(name)}': boolean or number expected`);
    }),
  );
  return requirements;
}
