import { formatKeyPath, isTable, type Table, valueAt, withValue } from './key-path.js';
import type { Merged } from './layer.js';
import type { Environment } from './paths.js';

/** The variables by which the clients of the makers are told of keys and servers. */
const MAKERS = [
  { name: 'openai', key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL' },
  { name: 'anthropic', key: 'ANTHROPIC_API_KEY', url: 'ANTHROPIC_BASE_URL' },
] as const;

/** Where no file names a provider, those are there whose keys are in the environment, and an Ollama that it names. */
export function withImpliedProviders({ table, origins }: Merged, env: Environment): Merged {
  if (namesProviders(table)) return { table, origins };
  const more = new Map(origins);
  let result = table;
  for (const { name, key, url } of MAKERS) {
    if (!env[key]) continue;
    const imply = (last: string, value: string, origin: string) => {
      const path = ['providers', name, last];
      result = withValue(result, path, value);
      more.set(formatKeyPath(path), origin);
    };
    imply('api_key_env', key, key);
    if (env[url]) imply('base_url', env[url], url);
  }
  const ollama = ollamaUrl(env[OLLAMA_HOST] ?? '');
  if (ollama !== undefined) {
    const path = ['providers', 'ollama', 'base_url'];
    result = withValue(result, path, ollama);
    more.set(formatKeyPath(path), OLLAMA_HOST);
  }
  return { table: result, origins: more };
}

const OLLAMA_HOST = 'OLLAMA_HOST';

/** The variable as Ollama's own programs read it: a host, with or without a protocol and a port. */
function ollamaUrl(host: string): string | undefined {
  const hasProtocol = host.includes('://');
  const text = hasProtocol ? host : `http://${host}`;
  if (host === '' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // A server that listens at every address of this machine is here, too.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.port === '' && !hasProtocol) url.port = '11434';
  return `${url.origin}/v1`;
}

function namesProviders(table: Table): boolean {
  const providers = valueAt(table, ['providers']);
  return isTable(providers) && Object.values(providers).some(isTable);
}
