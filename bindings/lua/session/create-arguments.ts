/** How `Session.create` and `Session.createAndUse` read their options. */
import { SpellError } from '../../../runtime/base/errors.js';
import { secretOf } from '../../../runtime/base/secret.js';
import { isMap, type Value, type ValueMap } from '../../../runtime/base/value.js';
import { placeInsteadOf } from '../../../runtime/create-options.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { Services } from '../../../runtime/services.js';
import type { StartOptions } from '../../../runtime/session/conversation-start.js';
import {
  requireNoSecret,
  type SessionSettings,
} from '../../../runtime/session/session-settings.js';
import { badArgument, isAbsent, Options, text } from '../arguments.js';
import { readFields } from './option-fields.js';

export function parseCreate(services: Services, args: HostArguments): StartOptions {
  if (isAbsent(args, 1)) return {};
  // A string is the name.
  if (args.type(1) === 'string') return { name: text(args, 1) };
  return readFields(args, 1, (fields) => {
    checkStoragePath(services, args, fields.text('storage_path'));
    // Scripts of rs-llmspell pass limits of one session in `config`; they have no effect there either.
    const config = fields.map('config');
    const general = config === undefined ? undefined : new Options(args, 1, config);
    return {
      id: fields.text('session_id', 'id'),
      name: fields.text('name', 'title'),
      description: fields.text('description'),
      tags: fields.texts('tags'),
      metadata: withCreator(fields.map('metadata', 'custom_metadata'), fields.text('created_by')),
      parentSessionId: fields.text('parent_session_id', 'parent'),
      context: fields.map('initial_context', 'context'),
      settings: settingsOf(services, args, fields, general),
    };
  });
}

/** `created_by` is kept as metadata, so that sessions can be found by it. */
function withCreator(metadata: ValueMap | undefined, creator: string | undefined) {
  if (creator === undefined) return metadata;
  return new Map([['created_by', creator], ...(metadata ?? [])]) satisfies ValueMap;
}

/** What the options say to models; `undefined` for nothing. Those in `config` hold where the others are silent. */
function settingsOf(
  services: Services,
  args: HostArguments,
  fields: Options,
  general: Options | undefined,
): Partial<SessionSettings> | undefined {
  const own = readSettings(services, args, fields);
  const found = { ...(general && readSettings(services, args, general)), ...own };
  return Object.keys(found).length === 0 ? undefined : found;
}

function readSettings(
  services: Services,
  args: HostArguments,
  fields: Options,
): Partial<SessionSettings> {
  const { provider, model } = providerOf(args, 1, fields.raw('provider'));
  const apiKey = fields.raw('api_key');
  const providerConfig = fields.map('provider_config');
  // Here already: what gets past the door is recorded.
  if (providerConfig !== undefined) requireNoSecret(providerConfig);
  const tools = fields.raw('tools');
  const given = {
    provider,
    model: fields.text('model') ?? model,
    apiKeyEnv: apiKey === undefined ? undefined : keyVariable(services, args, apiKey),
    systemPrompt: fields.text('system_prompt'),
    providerConfig,
    tools: tools === undefined ? undefined : toolsOf(args, tools),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A provider is a name, or a table that names one, such as `{ provider = "openai", model = "gpt-4" }`. */
export function providerOf(
  args: HostArguments,
  index: number,
  given: Value,
): { provider?: string | undefined; model?: string | undefined } {
  if (given === undefined || typeof given === 'string') return { provider: given };
  if (!isMap(given)) throw badArgument(args, index, 'the provider is a string or a table');
  const fields = new Options(args, index, given);
  const provider = fields.text('provider', 'name');
  if (provider === undefined) {
    throw badArgument(args, index, 'a table that names a provider expected');
  }
  return { provider, model: fields.text('model', 'default_model') };
}

/**
 * The variable that holds a key, which scripts name by its handle or its name. Anything else is taken for the key
 * itself, and is neither kept nor shown.
 */
function keyVariable({ config, secrets }: Services, args: HostArguments, given: Value): string {
  const named = secretOf(given)?.secret ?? given;
  const providers = Object.values(config.providers.named);
  const isKnown = (name: string) =>
    secrets.isOpen(name) || providers.some(({ apiKeyEnv }) => apiKeyEnv === name);
  if (typeof named === 'string' && isKnown(named)) return named;
  throw badArgument(
    args,
    1,
    "field 'api_key': the handle or the name of an open secret expected",
    'Write secrets = ["NAME"] under [runtime.security] in llmspell.toml, and api_key = Secret.get("NAME"): ' +
      'a key itself would stay in the script and its records.',
  );
}

function toolsOf(args: HostArguments, given: Value): readonly Value[] {
  const list = Array.isArray(given) ? given : isMap(given) && given.size === 0 ? [] : [given];
  for (const tool of list) {
    if (typeof tool === 'string' || isMap(tool)) continue;
    throw badArgument(args, 1, "field 'tools': a list of names and definitions expected");
  }
  return list;
}

/** All sessions of a runtime are kept in one place, so another one can only be confirmed. */
function checkStoragePath(services: Services, args: HostArguments, given: string | undefined) {
  const kept = given === undefined ? undefined : placeInsteadOf(services, given);
  if (kept === undefined) return;
  throw new SpellError(
    'BAD_ARGUMENT',
    `bad argument #1 to '${args.path}' (field 'storage_path': sessions are kept ${kept})`,
    {
      hint: 'Choose it for the whole runtime: path under [runtime.storage], LLMSPELL_SESSION_PATH or --data-dir.',
      key: 'runtime.storage.path',
    },
  );
}
