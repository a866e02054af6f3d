/** Which provider a call in a session goes to, and which key it takes along. */
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startModelServer } from '../fixtures/model-server.js';
import { openRuntime } from '../node/open-runtime.js';

beforeEach(() => {
  process.env.GATEWAY_KEY = 'key-of-gateway';
  process.env.OWN_KEY = 'key-of-session';
  onTestFinished(() => {
    delete process.env.GATEWAY_KEY;
    delete process.env.OWN_KEY;
  });
});

test('a model alone is asked of the session provider, unless a path names another one', async () => {
  const [gateway, other] = [
    await startModelServer([{ text: 'gateway' }]),
    await startModelServer([{ text: 'other' }]),
  ];
  const runtime = await openRuntime({
    settings: {
      'providers.default_provider': 'other',
      'providers.gateway.provider_type': 'openai',
      'providers.gateway.base_url': gateway.url,
      'providers.gateway.default_model': 'house-model',
      'providers.gateway.api_key_env': 'GATEWAY_KEY',
      'providers.other.provider_type': 'openai',
      'providers.other.base_url': other.url,
      'providers.other.default_model': 'other-model',
      'runtime.security.secrets': ['OWN_KEY'],
    },
  });
  const { values } = await runtime.eval(`
    local session = Session.create{ provider = "gateway", api_key = "OWN_KEY" }
    local function by(options) return (Session.generate(session, "x", options)) end
    return by(), by{ model = "gpt-4.1" }, by{ model = "maker/of-models" }, by{ model = "other/large" },
      by{ provider = "other" }
  `);
  expect(values).toEqual(['gateway', 'gateway', 'gateway', 'other', 'other']);
  const models = (server: typeof gateway) => server.requests.map(({ body }) => body.model);
  expect(models(gateway)).toEqual(['house-model', 'gpt-4.1', 'maker/of-models']);
  expect(models(other)).toEqual(['large', 'other-model']);
  const keys = (server: typeof gateway) =>
    new Set(server.requests.map(({ headers }) => headers.authorization));
  expect(keys(gateway)).toEqual(new Set(['Bearer key-of-session']));
  expect(keys(other).has('Bearer key-of-session')).toBe(false);
});
