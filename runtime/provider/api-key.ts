import { SpellError } from '../base/errors.js';
import type { SecretHandle, Secrets } from '../base/secret.js';

export interface ApiKeyParts {
  /** The provider's name in the configuration. */
  readonly provider: string;
  /** The variable that its key is in; `undefined` for servers that want none. */
  readonly apiKeyEnv: string | undefined;
  readonly secrets: Secrets;
}

/** ApiKey fetches the key at the moment of a request; a handle takes the place of the provider's own. */
export type ApiKey = (own: SecretHandle | undefined) => string | undefined;

/** The keys of a provider. They throw `PROVIDER_AUTH` when the variable is not set. */
export function apiKeyOf({ provider, apiKeyEnv, secrets }: ApiKeyParts): ApiKey {
  return (own) => {
    if (own !== undefined) return secrets.value(own);
    if (apiKeyEnv === undefined) return undefined;
    const value = secrets.trustedValue(apiKeyEnv);
    if (value !== undefined) return value;
    throw new SpellError(
      'PROVIDER_AUTH',
      `the key of the provider "${provider}" is missing: the environment variable ${apiKeyEnv} is not set`,
      {
        hint:
          `Set ${apiKeyEnv}, or name another variable: ` +
          `api_key_env = "..." under [providers.${provider}] in llmspell.toml.`,
        key: `providers.${provider}.api_key_env`,
        details: { provider, variable: apiKeyEnv },
      },
    );
  };
}
