/** What scripts log: for events, for the standard error, and for the logger of a program. */
import { describe, expect, test } from 'vitest';
import { type Logger, type RunEvent, Runtime } from '../../bindings/node/index.js';
import { machine } from '../cli/command-line.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

const SCRIPT = `Log.debug('looked', { n = 1 })
  Log.info('went on')
  Log.warn('card 1234567890123456', { card = '1234567890123456', list = { 1, 2 } })
  parallel({ function() Log.error('broke', 'x') end })
  print('done')`;

function hearing() {
  const heard: unknown[][] = [];
  const hear =
    (level: string) =>
    (...said: unknown[]) =>
      heard.push([level, ...said]);
  const logger: Logger = {
    debug: hear('debug'),
    info: hear('info'),
    warn: hear('warn'),
    error: hear('error'),
  };
  return { heard, logger };
}

describe('what a script logs', () => {
  test('is an event, a line of the standard error and a call of the logger, and nothing below the level', async () => {
    const { heard, logger } = hearing();
    const runtime = await openRuntime({ logger });
    const lines: string[] = [];
    const onOutput = (stream: string, bytes: Uint8Array) =>
      lines.push(`${stream} ${Buffer.from(bytes)}`);
    const events: RunEvent[] = [];
    for await (const event of runtime.eval(SCRIPT, { onOutput })) {
      if (event.type === 'log') events.push(event);
    }
    expect(events).toMatchObject([
      { type: 'log', branch: '0', level: 'info', message: 'went on' },
      { level: 'warn', fields: { card: '1234567890123456', list: [1, 2] } },
      { branch: '0.1', level: 'error', message: 'broke', fields: 'x' },
    ]);
    expect(events[0]).not.toHaveProperty('fields');
    expect(lines).toEqual([
      'stderr [info] went on\n',
      'stderr [warn] card 1234567890123456 {"card":"1234567890123456","list":[1,2]}\n',
      'stderr [error] broke "x"\n',
      'stdout done\n',
    ]);
    expect(heard).toEqual([
      ['info', 'went on'],
      ['warn', 'card 1234567890123456', { card: '1234567890123456', list: [1, 2] }],
      ['error', 'broke', 'x'],
    ]);
  });

  test('is redacted wherever it is told', async () => {
    const { heard, logger } = hearing();
    const redact = (data: string | Uint8Array) =>
      typeof data === 'string' ? data.replaceAll(/\d{16}/g, '[card]') : data;
    const runtime = await openRuntime({ logger, redact });
    const told: unknown[] = [];
    const onOutput = (_: string, bytes: Uint8Array) => told.push(Buffer.from(bytes).toString());
    for await (const event of runtime.eval(SCRIPT, { onOutput })) told.push(event);
    expect(JSON.stringify([told, heard])).not.toContain('1234567890123456');
    expect(heard[1]).toEqual(['warn', 'card [card]', { card: '[card]', list: [1, 2] }]);
  });

  test('is said again by a replay, and counts as output', async () => {
    const { heard, logger } = hearing();
    const runtime = await openRuntime({ logger, dataDir: temporaryFolder() });
    const { run } = await runtime.eval(SCRIPT);
    const before = [...heard];
    expect((await runtime.runs.replay(run)).diverged).toBeNull();
    expect(heard).toEqual([...before, ...before]);
    const small = await openRuntime({ settings: { 'runtime.lua.max_output_bytes': 20 } });
    await expect(small.eval('while true do Log.info("x") end')).rejects.toMatchObject({
      code: 'LIMIT_OUTPUT',
    });
  });

  test('is told from the level of the configuration on', async () => {
    const levels = async (level: string) => {
      const { heard, logger } = hearing();
      const runtime = await openRuntime({ logger, settings: { 'runtime.lua.log_level': level } });
      await runtime.eval(SCRIPT);
      return heard.map(([name]) => name).join(' ');
    };
    expect(await levels('debug')).toBe('debug info warn error');
    expect(await levels('error')).toBe('error');
    expect(await levels('off')).toBe('');
    const wrong = { settings: { 'runtime.lua.log_level': 'loud' } };
    await expect(Runtime.open(wrong)).rejects.toMatchObject({ code: 'CONFIG' });
  });
});

describe('a logger', () => {
  test('that fails is no matter of the script', async () => {
    const { logger } = hearing();
    const info = () => {
      throw new Error('disk full');
    };
    const runtime = await openRuntime({ logger: { ...logger, info } });
    expect((await runtime.eval('Log.info("x") return 1')).value).toBe(1);
  });

  test('hears warnings of the runtime, and has all four functions', async () => {
    const { heard, logger } = hearing();
    const settings = { 'runtime.sessions.storage_backend': 'sled' };
    await openRuntime({ logger, settings, dataDir: temporaryFolder() });
    expect(heard).toEqual([['warn', expect.stringContaining('"sled" means "lmdb"')]]);
    const { debug: _, ...rest } = logger;
    await expect(Runtime.open({ logger: rest as Logger })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      key: 'logger',
    });
  });
});

test('LLMSPELL_LOG is the level on the command line', async () => {
  const user = machine();
  user.write('log.lua', SCRIPT);
  const run = ['run', '-q', '--storage', 'memory', 'log.lua'];
  const usual = await user.call(run);
  expect(usual.stdout).toBe('done\n');
  expect(usual.stderr.split('\n')).toEqual([
    '[info] went on',
    expect.stringContaining('[warn] card'),
    '[error] broke "x"',
    '',
  ]);
  const all = await user.call(run, { env: { LLMSPELL_LOG: 'debug' } });
  expect(all.stderr.split('\n')[0]).toBe('[debug] looked {"n":1}');
  const own = { LLMSPELL_LOG: 'debug', LLMSPELL_LUA_LOG_LEVEL: 'off' };
  expect((await user.call(run, { env: own })).stderr).toBe('');
  expect((await user.call(run, { env: { LLMSPELL_LOG: 'loud' } })).status).toBe(3);
  const events = await user.call(['run', '-q', '--storage', 'memory', '--jsonl', 'log.lua']);
  const logged = events.stdout.split('\n').filter((line) => line.includes('"log"'));
  expect(logged.map((line) => JSON.parse(line).level)).toEqual(['info', 'warn', 'error']);
});
