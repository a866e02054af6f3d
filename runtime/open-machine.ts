/** Opens what `[runtime.security]` names of the machine. */
import type { Config } from '../config/config.js';
import type { IdSource } from './base/ids.js';
import type { Secrets } from './base/secret.js';
import { CommandPolicy } from './tool/command-policy.js';
import { FilePolicy } from './tool/file-policy.js';
import { Machine } from './tool/machine.js';
import { Variables } from './tool/variables.js';

interface Parts {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly configFiles?: readonly string[] | undefined;
}

export interface OpenedMachine {
  readonly files: FilePolicy;
  readonly machine: Machine;
  /** The variables that scripts may read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What programs need to find files, other programs, and their language. */
const BASICS = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

export function openMachine(
  { config, environment, cwd, configFiles }: Parts,
  secrets: Secrets,
  ids: IdSource,
): OpenedMachine {
  const { security, storage } = config;
  const files = new FilePolicy({
    readRoots: security.fileReadRoots,
    writeRoots: security.fileWriteRoots,
    closed: [storage.path],
    unwritable: configFiles,
  });
  const open = pick(environment, security.environment);
  const basics = Object.entries(pick(environment, BASICS)).filter(
    ([, value]) => value !== undefined,
  );
  const machine = new Machine({
    files,
    commands: new CommandPolicy(security.commands, environment.PATH ?? '', cwd),
    variables: new Variables(open, secrets),
    cwd,
    basics: Object.fromEntries(basics) as Record<string, string>,
    nextId: () => ids.next(),
  });
  return { files, machine, environment: open };
}

function pick(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}
