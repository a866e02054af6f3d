/**
 * Runs every snippet of the session management guide, with its text untouched. A Lua file of this folder is what
 * stands around a snippet: a line `--> name.lua` is where the snippet of that name goes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { loadConfig } from '../../config/load.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const PROGRAMS = import.meta.dirname;
const SNIPPETS = join(import.meta.dirname, '../fixtures/guide');
const PLACE = /^--> (.+)\n/gm;

const programs = luaFiles(PROGRAMS);

function luaFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.lua'));
}

/** A program with the snippets in their places. */
function withSnippets(program: string): string {
  const text = readFileSync(join(PROGRAMS, program), 'utf8');
  return text.replace(PLACE, (_, name) => readFileSync(join(SNIPPETS, name), 'utf8'));
}

describe.each(['memory', 'lmdb'] as const)('the guide on %s', (storage) => {
  it.each(programs)('%s', async (program) => {
    const dataDir = temporaryFolder();
    const settings = { 'runtime.security.file_read_roots': [SNIPPETS] };
    const runtime = await Runtime.open({ storage, dataDir, settings });
    runtime.setGlobal('guide_file', join(SNIPPETS, 'file.csv'));
    const { error } = await runtime.eval(withSnippets(program), { name: program }).outcome;
    await runtime.close();
    expect(error?.traceback === undefined ? error : `${error}\n${error.traceback}`).toBeUndefined();
  });
});

it('uses every snippet', () => {
  const used = programs.flatMap((program) => {
    const text = readFileSync(join(PROGRAMS, program), 'utf8');
    return [...text.matchAll(PLACE)].map(([, name]) => name);
  });
  expect([...new Set(used)].sort()).toEqual(luaFiles(SNIPPETS).sort());
});

it('loads the configuration of the guide with one warning, about its backend', async () => {
  const home = temporaryFolder();
  const configPath = join(SNIPPETS, 'runtime-configuration.toml');
  const { config, warnings } = await loadConfig({ cwd: home, env: { HOME: home }, configPath });
  expect(config.sessions).toMatchObject({
    enabled: true,
    maxSessions: 100,
    maxArtifactsPerSession: 1000,
    artifactCompressionThreshold: 10240,
    sessionTimeoutSeconds: 3600,
    storageBackend: 'lmdb',
  });
  expect(warnings).toEqual([
    expect.stringMatching(/runtime-configuration\.toml:\d+: .*sled.*lmdb/),
  ]);
});

it('takes the location of the data from LLMSPELL_SESSION_PATH', async () => {
  const home = temporaryFolder();
  const env = { HOME: home, LLMSPELL_SESSION_PATH: '/var/lib/llmspell/sessions' };
  const { config } = await loadConfig({ cwd: home, env });
  expect(config.storage.path).toBe('/var/lib/llmspell/sessions');
  expect(config.sessions.storageBackend).toBe('lmdb');
});
