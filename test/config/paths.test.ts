import { expect, it } from 'vitest';
import { userPaths } from '../../config/paths.js';

it('follow the XDG variables that are absolute', () => {
  const paths = userPaths({
    HOME: '/h',
    XDG_CONFIG_HOME: '/c',
    XDG_DATA_HOME: 'relative',
    XDG_STATE_HOME: '/s',
  });
  expect(paths).toMatchObject({
    configDir: '/c/llmspell',
    userFile: '/c/llmspell/config.toml',
    dataDir: '/h/.local/share/llmspell',
    stateDir: '/s/llmspell',
    cacheDir: '/h/.cache/llmspell',
  });
});

it('are all below LLMSPELL_HOME when that is set', () => {
  const paths = userPaths({ HOME: '/h', LLMSPELL_HOME: '/own', XDG_DATA_HOME: '/d' });
  expect(paths).toMatchObject({
    userFile: '/own/config.toml',
    dataDir: '/own/data',
    stateDir: '/own/state',
    cacheDir: '/own/cache',
  });
});
