/** The examples that ask models: replayed without any, and with the makers' servers in place of the scripted ones. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { startMock } from '../fixtures/mock-of-makers.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const FOLDER = resolve(import.meta.dirname, '../../examples/lua');
const CONFIG = join(FOLDER, 'models.toml');

const examples = readdirSync(FOLDER).filter(
  (name) =>
    name.endsWith('.lua') && readFileSync(join(FOLDER, name), 'utf8').includes('models.toml'),
);

function collected() {
  const pieces: Uint8Array[] = [];
  const onOutput = (_: string, bytes: Uint8Array) => {
    pieces.push(bytes);
  };
  return { onOutput, text: () => Buffer.concat(pieces).toString() };
}

describe.each(examples)('%s', (example) => {
  it('prints the same when it is replayed, with no model at hand', async () => {
    const dataDir = temporaryFolder();
    const first = collected();
    const runtime = await Runtime.open({ dataDir, configPath: CONFIG });
    const { run } = await runtime.run(join(FOLDER, example), first);
    await runtime.close();
    const alone = await Runtime.open({ dataDir });
    onTestFinished(() => alone.close());
    const again = collected();
    const { diverged } = await alone.runs.replay(run, again);
    expect(diverged).toBeNull();
    expect(again.text()).toBe(first.text());
  });

  it('runs as it is with the providers that models.toml names behind a #', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-0123456789');
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-ant-0123456789');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const openai = await startMock([{ text: 'Said by one.' }], 'openai');
    const anthropic = await startMock([{ text: 'Said by the other.' }], 'anthropic');
    const urls = [`${openai}/v1`, anthropic];
    const toml = readFileSync(CONFIG, 'utf8').replace(
      /^provider_type = "scripted"\nscript = .*\ndefault_model = .*\n((?:# .*\n)+)/gm,
      (_, real: string) => `${real.replace(/^# /gm, '')}base_url = "${urls.shift()}"\n`,
    );
    expect(urls).toEqual([]);
    const configPath = join(temporaryFolder(), 'llmspell.toml');
    writeFileSync(configPath, toml);
    const runtime = await Runtime.open({ configPath });
    onTestFinished(() => runtime.close());
    const output = collected();
    const { usage } = await runtime.run(join(FOLDER, example), output);
    expect(output.text()).toContain('Said by one.');
    expect(usage.inputTokens).toBeGreaterThan(0);
  });
});
