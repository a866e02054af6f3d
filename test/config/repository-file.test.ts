import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load.js';
import { scalarKeys } from '../../config/validate.js';
import { testMachine } from './test-machine.js';

const machine = testMachine();
const ROOT = resolve(import.meta.dirname, '../..');
const FILE = join(ROOT, 'llmspell.toml');

/** The file with its examples and defaults switched on. */
function uncommented(): string {
  return readFileSync(FILE, 'utf8').replace(/^# (\[|[a-z_]+ = )/gm, '$1');
}

describe('the llmspell.toml of this repository', () => {
  it('passes the schema and changes no default but the roots for files', async () => {
    const loaded = await loadConfig({ cwd: ROOT, env: { HOME: machine.home } });
    expect(loaded.files).toEqual([FILE]);
    expect(loaded.warnings).toEqual([]);
    const { config: plain } = await machine.load();
    const roots = loaded.config.security;
    expect(loaded.config).toEqual({
      ...plain,
      security: {
        ...plain.security,
        fileReadRoots: roots.fileReadRoots,
        fileWriteRoots: roots.fileWriteRoots,
      },
    });
    expect(roots.fileReadRoots[0]).toBe(join(ROOT, 'examples'));
  });

  it('passes the schema when every line of it is switched on', async () => {
    machine.write('project/llmspell.toml', uncommented());
    const { warnings, config } = await machine.load();
    expect(warnings).toEqual([]);
    expect(config.tools.mcp).toHaveProperty('remote.url');
  });

  it('shows every key of the runtime tables', () => {
    const text = uncommented();
    const older = /^(allow_(file|network|process)|max_memory_bytes|max_execution_time)/;
    for (const [, table, key] of scalarKeys()) {
      if (older.test(key)) continue;
      expect(text, `[runtime.${table}] ${key}`).toMatch(new RegExp(`^${key} = `, 'm'));
    }
  });
});
