/** The wiring of language models: from the configuration to the adapters. Loaded when a model is needed. */
import { readFile } from 'node:fs/promises';
import type { Config, ProviderConfig } from '../../config/config.js';
import { PROVIDER_TYPES, providerSetup } from '../../config/provider-types.js';
import type { Clock } from '../../runtime/base/clock.js';
import { SpellError } from '../../runtime/base/errors.js';
import { parseJson } from '../../runtime/base/json.js';
import { pause } from '../../runtime/base/pause.js';
import type { Random } from '../../runtime/base/random.js';
import type { Secrets } from '../../runtime/base/secret.js';
import { toPlain } from '../../runtime/base/value.js';
import { apiKeyOf } from '../../runtime/provider/api-key.js';
import { LanguageModels } from '../../runtime/provider/language-models.js';
import { ModelTable, shippedModels } from '../../runtime/provider/model-table.js';
import type { Provider } from '../../runtime/provider/provider.js';
import type { NamedProvider } from '../../runtime/provider/registry.js';
import type { Script } from '../../runtime/provider/script.js';

export interface ModelParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: Secrets;
  /** Providers that the program brings along, by name; they win over those of the configuration. */
  readonly providers: Readonly<Record<string, Provider>>;
}

export async function composeModels(parts: ModelParts): Promise<LanguageModels> {
  const { config, clock, random } = parts;
  const { named, defaultProvider } = config.providers;
  const own = Object.entries(parts.providers).map(([name, provider]) =>
    ownProvider(name, provider, named[name]),
  );
  const configured = Object.entries(named)
    .filter(([name]) => !Object.hasOwn(parts.providers, name))
    .map(([name, provider]) => configuredProvider(name, provider, parts));
  return new LanguageModels({
    providers: [...own, ...configured],
    defaultProvider,
    table: new ModelTable(await shippedModels(), config.models),
    maxConcurrent: config.llm.maxConcurrent,
    clock,
    random,
    pause,
  });
}

function ownProvider(
  name: string,
  provider: Provider,
  config: ProviderConfig | undefined,
): NamedProvider {
  const { timeoutSeconds, ...settings } = config ?? {};
  return {
    ...settings,
    name,
    type: 'custom',
    timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
    open: async () => provider,
  };
}

function configuredProvider(
  name: string,
  config: ProviderConfig,
  parts: ModelParts,
): NamedProvider {
  const { providerType: type, timeoutSeconds, ...setup } = providerSetup(name, config);
  const isMaker = setup.baseUrl === PROVIDER_TYPES[type]?.baseUrl;
  return {
    ...setup,
    name,
    type,
    maker: isMaker && (type === 'openai' || type === 'anthropic') ? type : undefined,
    timeoutMs: timeoutSeconds * 1000,
    open: () => openProvider(name, config, parts),
  };
}

async function openProvider(
  name: string,
  config: ProviderConfig,
  { clock, secrets }: ModelParts,
): Promise<Provider> {
  const { providerType, baseUrl = '', apiKeyEnv, script = '' } = providerSetup(name, config);
  const protocol = PROVIDER_TYPES[providerType]?.protocol;
  if (protocol === 'scripted') {
    const { scriptedProvider } = await import('../../runtime/provider/scripted.js');
    return scriptedProvider({ name, script: await readScriptFile(script) });
  }
  const key = apiKeyOf({ provider: name, apiKeyEnv, secrets });
  const options = { name, baseUrl, key, clock };
  if (protocol === 'anthropic') {
    const { anthropicProvider } = await import('../../runtime/provider/anthropic.js');
    return anthropicProvider(options);
  }
  const { openaiProvider } = await import('../../runtime/provider/openai.js');
  return openaiProvider(options);
}

/** Reads the answers of a scripted provider: TOML, or JSON when the name ends so. */
async function readScriptFile(file: string): Promise<Script> {
  const { readScript } = await import('../../runtime/provider/script.js');
  if (!file.endsWith('.json')) {
    const { readToml } = await import('../../config/toml.js');
    const { table, locate } = await readToml(file);
    return readScript(table, { file, locate });
  }
  return readScript(await readJsonFile(file), { file });
}

async function readJsonFile(file: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new SpellError('CONFIG', `the script of answers ${file} can't be read`, {
      file,
      hint: 'Check the path, and who may read the file.',
      cause,
    });
  }
  try {
    return toPlain(parseJson(bytes));
  } catch (cause) {
    const { message, line, column, hint } = cause as SpellError;
    throw new SpellError('CONFIG', `the script of answers: ${message}`, {
      file,
      line,
      column,
      hint,
      cause,
    });
  }
}
