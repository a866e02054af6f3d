/** The wiring of language models: from the configuration to the adapters. Loaded when a model is needed. */
import type { Config, ProviderConfig } from '../../config/config.js';
import { PROVIDER_TYPES, providerSetup } from '../../config/provider-types.js';
import type { Clock } from '../../runtime/base/clock.js';
import { pause } from '../../runtime/base/pause.js';
import type { Random } from '../../runtime/base/random.js';
import type { Secrets } from '../../runtime/base/secret.js';
import type { Engine } from '../../runtime/engine/engine.js';
import { apiKeyOf } from '../../runtime/provider/api-key.js';
import { LanguageModels } from '../../runtime/provider/language-models.js';
import type { ModelRegistry } from '../../runtime/provider/model-registry.js';
import { ModelTable, shippedModels } from '../../runtime/provider/model-table.js';
import type { Provider } from '../../runtime/provider/provider.js';
import type { NamedProvider } from '../../runtime/provider/registry.js';

export interface ModelParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: Secrets;
  /** Evaluates files of answers that are Lua. */
  readonly engine: Engine;
  /** Providers that the program brings along, by name; they win over those of the configuration. */
  readonly providers: Readonly<Record<string, Provider>>;
  /** What the program knows of models. */
  readonly registry: ModelRegistry | undefined;
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
    table: new ModelTable(await shippedModels(), config.models, parts.registry),
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
  { clock, secrets, engine }: ModelParts,
): Promise<Provider> {
  const { providerType, baseUrl = '', apiKeyEnv, script = '' } = providerSetup(name, config);
  const protocol = PROVIDER_TYPES[providerType]?.protocol;
  if (protocol === 'scripted') {
    const { readAnswers } = await import('./answers-file.js');
    const { scriptedProvider } = await import('../../runtime/provider/scripted.js');
    return scriptedProvider({ name, script: await readAnswers(script, engine) });
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
