/**
 * SessionSettings is what a session says to the models that answer in it, as plain data. A key is never among it: only
 * the name of the variable that holds one.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { keyText, type Value, type ValueMap } from '../base/value.js';
import { RecordReader } from './record-reader.js';
import { checkMetadata } from './session-options.js';

export interface SessionSettings {
  /** The provider of calls that name none; `null` for the configuration's. */
  readonly provider: string | null;
  readonly model: string | null;
  /** The variable that holds the key for the provider. */
  readonly apiKeyEnv: string | null;
  /** What new conversations begin with. */
  readonly systemPrompt: string | null;
  /** Parameters of the provider's calls, such as `temperature`. */
  readonly providerConfig: ValueMap;
  /** Names of tools, or their definitions. */
  readonly tools: readonly Value[];
}

export const NO_SETTINGS: SessionSettings = {
  provider: null,
  model: null,
  apiKeyEnv: null,
  systemPrompt: null,
  providerConfig: new Map(),
  tools: [],
};

const SETTINGS_FORMAT = 1;

export function encodeSettings(settings: SessionSettings): Uint8Array {
  return encodeRecord({ v: SETTINGS_FORMAT, ...settings });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeSettings(bytes: Uint8Array): SessionSettings {
  const fields = RecordReader.open('record of settings', SETTINGS_FORMAT, bytes);
  return {
    provider: fields.textOrNull('provider'),
    model: fields.textOrNull('model'),
    apiKeyEnv: fields.textOrNull('apiKeyEnv'),
    systemPrompt: fields.textOrNull('systemPrompt'),
    providerConfig: fields.map('providerConfig'),
    tools: fields.list('tools'),
  };
}

/** @throws SpellError `BAD_ARGUMENT` for a key among the parameters, `TOO_LARGE` */
export function checkSettings({ providerConfig, tools, systemPrompt }: SessionSettings): void {
  requireNoSecret(providerConfig);
  checkMetadata(new Map<string, Value>([['config', providerConfig]]), 'provider_config');
  checkMetadata(new Map<string, Value>([['tools', tools]]), 'tools');
  checkMetadata(new Map<string, Value>([['prompt', systemPrompt]]), 'system_prompt');
}

/** @throws SpellError `BAD_ARGUMENT` for parameters that look like keys; what they are is not shown. */
export function requireNoSecret(providerConfig: ValueMap): void {
  const secret = secretAmong(providerConfig);
  if (secret === undefined) return;
  throw new SpellError('BAD_ARGUMENT', `'provider_config' must not hold a secret: '${secret}'`, {
    hint: 'Name the variable that holds it: api_key = Secret.get("NAME").',
    key: 'provider_config',
  });
}

/** A name such as variables have, in capitals: what keys look like is refused, and not shown. */
const VARIABLE = /^[A-Z_][A-Z0-9_]{0,99}$/;

/** @throws SpellError `BAD_ARGUMENT` for what is no name of a variable. */
export function requireVariable(name: string): string {
  if (VARIABLE.test(name)) return name;
  throw new SpellError('BAD_ARGUMENT', 'the key is given by the name of a variable, in capitals', {
    hint: 'Name the environment variable that holds the key, such as OPENAI_API_KEY.',
    key: 'apiKeyEnv',
  });
}

/** Names that stand for keys and passwords, and not for tokens of a text. */
const SECRET_NAME =
  /(^|_)(api_?key|key|secret|password|passphrase|credentials?|authorization|cookie|(access|auth|bearer|api)_token)$/;

/** The first name below which a text stands that looks like a secret. */
function secretAmong(value: Value): string | undefined {
  if (Array.isArray(value)) return firstOf(value, secretAmong);
  if (!(value instanceof Map)) return undefined;
  return firstOf([...(value as ValueMap)], ([name, inner]) => {
    const words = keyText(name)
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toLowerCase();
    const isText = typeof inner === 'string' || inner instanceof Uint8Array;
    return isText && SECRET_NAME.test(words) ? keyText(name) : secretAmong(inner);
  });
}

/** The parameters without what looks like keys: files of others may hold them. */
export function withoutSecrets(providerConfig: ValueMap): ValueMap {
  const kept = [...providerConfig].filter(
    ([name, value]) => secretAmong(new Map([[name, value]])) === undefined,
  );
  return new Map(kept);
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
