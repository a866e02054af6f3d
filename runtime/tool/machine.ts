/** Machine is what the configuration opens of the machine: files, programs, variables. */
import type { Secret } from '../base/secret.js';
import { Secrets } from '../base/secret.js';
import { type AllowedCommand, CommandPolicy } from './command-policy.js';
import type { NoteDecision } from './decision.js';
import { FileAccess } from './file-access.js';
import { FilePolicy } from './file-policy.js';
import { Variables } from './variables.js';

export interface MachineParts {
  readonly files: FilePolicy;
  readonly commands: CommandPolicy;
  readonly variables: Variables;
  /** Where relative paths start. */
  readonly cwd: string;
  /** Variables that every program gets, whatever is open. */
  readonly basics: Readonly<Record<string, string>>;
  readonly nextId: () => string;
}

export class Machine {
  constructor(private readonly parts: MachineParts) {}

  /** The machine as one call sees it: `note` is told every decision. */
  seenBy(note: NoteDecision): MachineAccess {
    const { files, commands, variables, cwd, basics, nextId } = this.parts;
    return {
      note,
      cwd,
      environment: () => ({ ...basics, ...variables.values() }),
      files: new FileAccess(files, cwd, note, nextId),
      command: (program, args) => commands.resolve(program, args, note),
      variable: (name) => variables.get(name, note),
      variables,
      requireVariable: (name) => variables.require(name, note, 'set'),
    };
  }
}

/** MachineAccess is what one call reaches of the machine. Everything is judged by `[runtime.security]`. */
export interface MachineAccess {
  /** Told what was decided elsewhere, for the record of the call. */
  readonly note: NoteDecision;
  readonly cwd: string;
  readonly files: FileAccess;
  readonly variables: Variables;
  /** @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND`, `BAD_ARGUMENT` */
  command(program: string, args: readonly string[]): Promise<AllowedCommand>;
  /** @throws SpellError `POLICY_DENIED` */
  variable(name: string): string | Secret | undefined;
  /** The variables that a program gets: those that are open, and what programs need to work at all. */
  environment(): Record<string, string>;
  /** For a variable that a program is to get. @throws SpellError `POLICY_DENIED` */
  requireVariable(name: string): void;
}

/** A machine of which nothing is open. */
export function closedMachine(cwd = '/'): Machine {
  return new Machine({
    files: new FilePolicy({ readRoots: [], writeRoots: [] }),
    commands: new CommandPolicy([], '', cwd),
    variables: new Variables({}, new Secrets(() => undefined, [])),
    cwd,
    basics: {},
    nextId: () => '',
  });
}
