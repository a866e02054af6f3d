/** Providers that a program makes itself, for `Runtime.open({ providers: { name: ... } })`. */
import type { OpenAI } from 'openai';
import { systemClock } from '../../runtime/base/clock.js';
import type { Provider } from '../../runtime/provider/provider.js';

/**
 * Asks through a client that the program has set up: with a proxy, for Azure, with keys of its own.
 *
 * @example
 * ```ts
 * const providers = { azure: openaiProvider(new AzureOpenAI({ endpoint, apiKey, apiVersion })) };
 * const runtime = await Runtime.open({ providers });
 * await runtime.llm.generate({ provider: 'azure', model: 'gpt-4.1', messages });
 * ```
 */
export function openaiProvider(client: OpenAI): Provider {
  return loaded(async () => {
    const { openaiProvider: provider } = await import('../../runtime/provider/openai.js');
    const { baseURL: baseUrl } = client;
    const key = () => undefined;
    return provider({ name: 'openai', baseUrl, key, clock: systemClock, client });
  });
}

/**
 * Answers by rules, for tests: the same data as the file of a provider of the type `scripted`. A mistake in it is the
 * error `CONFIG` of the first call.
 *
 * @example
 * ```ts
 * const providers = { demo: scriptedProvider({ rule: [{ text: 'You said: {{input}}' }] }) };
 * ```
 */
export function scriptedProvider(script: object): Provider {
  return loaded(async () => {
    const { scriptedProvider: provider } = await import('../../runtime/provider/scripted.js');
    const { readScript } = await import('../../runtime/provider/script.js');
    return provider({ name: 'scripted', script: readScript(script) });
  });
}

/** A provider whose code is loaded by the first call. */
function loaded(load: () => Promise<Provider>): Provider {
  let loading: Promise<Provider> | undefined;
  return {
    async generate(request, attempt) {
      loading ??= load();
      return (await loading).generate(request, attempt);
    },
  };
}
