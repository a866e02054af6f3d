/** The types of providers: which protocol each speaks, where it is, and which variable its key is usually in. */
import type { ProviderConfig } from './config.js';

/** Protocol is what a server of models speaks; a script needs no server. */
export type Protocol = 'openai' | 'anthropic' | 'scripted';

export interface ProviderType {
  readonly protocol: Protocol;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly defaultModel?: string;
}

export const PROVIDER_TYPES: Readonly<Record<string, ProviderType>> = {
  openai: {
    protocol: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    apiKeyEnv: 'OPENAI_API_KEY',
    defaultModel: 'gpt-6-luna',
  },
  anthropic: {
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    apiKeyEnv: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-haiku-5-5',
  },
  openrouter: {
    protocol: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    apiKeyEnv: 'OPENROUTER_API_KEY',
  },
  ollama: { protocol: 'openai', baseUrl: 'http://localhost:11434/v1' },
  llamacpp: { protocol: 'openai', baseUrl: 'http://localhost:8080/v1' },
  vllm: { protocol: 'openai', baseUrl: 'http://localhost:8000/v1' },
  scripted: { protocol: 'scripted', defaultModel: 'scripted' },
};

/** ProviderSetup is a provider with everything decided that its table leaves out. */
export interface ProviderSetup extends ProviderConfig {
  readonly providerType: string;
  readonly timeoutSeconds: number;
  readonly maxRetries: number;
  readonly fallback: readonly string[];
}

/** What holds for a provider; its type is one of {@link PROVIDER_TYPES}. */
export function providerSetup(name: string, config: ProviderConfig): ProviderSetup {
  const providerType = config.providerType ?? name;
  const { baseUrl, apiKeyEnv, defaultModel } = PROVIDER_TYPES[providerType] ?? {};
  // The key of a maker is for the maker: it is not shown to whatever listens at another URL.
  const isMaker = config.baseUrl === undefined || config.baseUrl === baseUrl;
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyEnv === undefined || !isMaker ? {} : { apiKeyEnv }),
    ...(defaultModel === undefined || !isMaker ? {} : { defaultModel }),
    timeoutSeconds: 300,
    maxRetries: 2,
    fallback: [],
    ...config,
    providerType,
  };
}
