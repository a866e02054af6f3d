/** What a program may say about a session when it makes one. */
import { resolve } from 'node:path';
import type { ProviderOption, ToolOption } from './ask-options.js';
import { SpellError } from './base/errors.js';
import type { SecretHandle } from './base/secret.js';
import { fromPlain, type Value } from './base/value.js';
import { asMap, type Metadata } from './detail-api.js';
import type { Services } from './services.js';
import type { StartOptions } from './session/conversation-start.js';
import { requireVariable, type SessionSettings } from './session/session-settings.js';

/** What a session says to the models that answer in it. */
export interface SessionModelOptions {
  /** What its conversations begin with. */
  readonly systemPrompt?: string;
  /** The provider and the model of calls that name none. */
  readonly provider?: ProviderOption;
  readonly model?: string;
  /** Parameters of calls, such as `temperature`; no keys. */
  readonly providerConfig?: Metadata;
  /** Names of tools, tools of the program (what they do lives as long as the runtime), or definitions. */
  readonly tools?: readonly (ToolOption | Metadata)[];
  /** The variable that holds the key for the provider; never the key itself. */
  readonly apiKeyEnv?: string;
  /** The same, by its name or as a handle of a secret: `{ secret: 'NAME' }`. */
  readonly apiKey?: SecretHandle | string;
}

export interface CreateSessionOptions extends SessionModelOptions {
  /** 1 to 200 characters; a UUIDv7 when absent. */
  readonly id?: string;
  /** The same as `id`. */
  readonly sessionId?: string;
  readonly name?: string;
  /** The same as `name`. */
  readonly title?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Metadata;
  readonly parentSessionId?: string;
  /** The table that belongs to the talk. */
  readonly initialContext?: Metadata;
  /** What holds where the other options are silent: one that many sessions have in common. */
  readonly config?: SessionModelOptions;
  /** Where sessions are kept. It belongs to the runtime, so another place than that of the runtime is refused. */
  readonly storagePath?: string;
}

/** @throws SpellError `BAD_ARGUMENT` for a place where sessions are not kept. */
export function requireStoragePath(services: Place, storagePath: string | undefined): void {
  const kept = storagePath === undefined ? undefined : placeInsteadOf(services, storagePath);
  if (kept === undefined) return;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'storagePath': sessions are kept ${kept}`, {
    hint: 'Choose it for the whole runtime: Runtime.open({ storagePath }).',
    key: 'storagePath',
  });
}

type Place = Pick<Services, 'config' | 'cwd'>;

/** Where sessions are kept, in words; `undefined` when it is at this path. */
export function placeInsteadOf({ config, cwd }: Place, path: string): string | undefined {
  if (config.sessions.storageBackend === 'memory') return 'in memory';
  const { path: place } = config.storage;
  return resolve(cwd, path) === resolve(cwd, place) ? undefined : `in ${place}`;
}

/** @throws SpellError `BAD_ARGUMENT` for what is no name of a variable. */
export function startOptions(options: CreateSessionOptions): StartOptions {
  const { id, sessionId, name, title, description, tags, parentSessionId, ...rest } = options;
  const { metadata, initialContext, config = {} } = rest;
  const settings = { ...settingsOf(config), ...settingsOf(options) };
  return {
    id: id ?? sessionId,
    name: name ?? title,
    description,
    tags,
    parentSessionId,
    ...(metadata === undefined ? {} : { metadata: asMap(metadata) }),
    ...(initialContext === undefined ? {} : { context: asMap(initialContext) }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
}

function settingsOf(options: SessionModelOptions): Partial<SessionSettings> {
  const { provider: whom, systemPrompt, providerConfig, tools, apiKey } = options;
  const { provider, model }: { readonly provider?: string | undefined; readonly model?: string } =
    typeof whom === 'object' ? whom : { provider: whom };
  const { apiKeyEnv = typeof apiKey === 'object' ? apiKey.secret : apiKey } = options;
  const given = {
    systemPrompt,
    provider,
    model: options.model ?? model,
    providerConfig: providerConfig && asMap(providerConfig),
    tools: tools?.map(specOf),
    apiKeyEnv: apiKeyEnv === undefined ? undefined : requireVariable(apiKeyEnv),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What is kept of a tool. */
function specOf(tool: ToolOption | Metadata): Value {
  if (typeof tool === 'string' || !('execute' in tool)) return fromPlain(tool);
  const { name, description, parameters } = tool;
  return fromPlain({ name, description, parameters });
}
