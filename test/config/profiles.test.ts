import { expect, it } from 'vitest';
import { DEFAULTS } from '../../config/defaults.js';
import { testMachine } from './test-machine.js';

const machine = testMachine();

const OPEN = `[runtime.security]
file_read_roots = ["@home"]
file_write_roots = ["@home"]
network_hosts = ["*"]
commands = ["*"]
environment = ["HOME"]
secrets = ["KEY"]
`;

it.each(['default', 'locked'])('%s closes what the project opens', async (profile) => {
  machine.write('project/llmspell.toml', OPEN);
  const { security } = (await machine.load({ profiles: [profile] })).config;
  expect({ ...security, denyTools: [] }).toEqual(DEFAULTS.security);
});

it('default says no more than the defaults', async () => {
  const { config, warnings } = await machine.load({ profiles: ['default'] });
  const { storage: _, ...rest } = config;
  const { storage: __, ...defaults } = DEFAULTS;
  expect(rest).toEqual(defaults);
  expect(warnings).toEqual([]);
});

it('locked keeps tools that reach out from running, and limits what a run takes', async () => {
  const { security, lua } = (await machine.load({ profiles: ['locked'] })).config;
  expect(security.denyTools).toEqual(expect.arrayContaining(['file-*', 'process-executor']));
  expect(lua).toMatchObject({ memoryLimitBytes: 128 * 1024 ** 2, timeoutMs: 60_000 });
});

it('trusted opens the current folder, programs and hosts, and no secret', async () => {
  const { security } = (await machine.load({ profiles: ['trusted'] })).config;
  expect(security).toMatchObject({
    fileReadRoots: [machine.project, expect.any(String)],
    fileWriteRoots: [machine.project, expect.any(String)],
    networkHosts: ['*'],
    commands: ['*'],
    secrets: [],
  });
});

it('takes the commands of rs-llmspell with any arguments', async () => {
  machine.write(
    'project/llmspell.toml',
    '[runtime.security]\nallow_process_spawn = true\n[tools.system]\nallowed_commands = ["ls", "git status"]',
  );
  const { security } = (await machine.load()).config;
  expect(security.commands).toEqual(['ls *', 'git status']);
});

it('refuses a command whose quote has no end', async () => {
  const error = await machine.failure('[runtime.security]\ncommands = ["git \\"x"]');
  expect(error).toMatchObject({ code: 'CONFIG', line: 2 });
  expect(error.message).toContain('every quote needs its end');
});
