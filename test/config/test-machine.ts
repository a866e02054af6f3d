import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type LoadOptions, loadConfig } from '../../config/load.js';
import { SpellError } from '../../runtime/base/errors.js';

/** A user's machine for one test: a home folder with a project in it. */
export interface Machine {
  readonly home: string;
  readonly project: string;
  readonly env: Record<string, string>;
  write(path: string, text: string | Uint8Array): string;
  load(options?: Partial<LoadOptions>): ReturnType<typeof loadConfig>;
  /** Loads with this text as the project's file and returns the error. */
  failure(text: string | Uint8Array): Promise<SpellError>;
}

/** Makes the machine anew for each test of the file. */
export function testMachine(): Machine {
  let home = '';
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'llmspell-config-')));
    mkdirSync(join(home, 'project'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const machine: Machine = {
    get home() {
      return home;
    },
    get project() {
      return join(home, 'project');
    },
    get env() {
      return { HOME: home };
    },
    write: (path, text) => {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    load: (options = {}) => loadConfig({ cwd: machine.project, env: machine.env, ...options }),
    failure: (text) => {
      machine.write('project/llmspell.toml', text);
      return failureOf(machine.load());
    },
  };
  return machine;
}

export async function failureOf(promise: Promise<unknown>): Promise<SpellError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SpellError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}
