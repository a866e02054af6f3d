/** Parses the command line: which command, with which arguments and options. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { SpellError } from '../../runtime/base/errors.js';
import { packageFile } from '../../runtime/base/package-file.js';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS } from './command-list.js';
import type { CommandSpec } from './command-spec.js';
import { EXIT_OK } from './exit-code.js';
import type { GivenOptions, OptionSpec } from './option.js';
import { usageError } from './option.js';
import { impliedScript } from './own-arguments.js';
import type { Terminal } from './render/terminal.js';

export interface ParsedCommand {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly given: GivenOptions;
}

/**
 * @returns The command; or the exit status, when help or the version was asked for and printed.
 * @throws SpellError `USAGE` with a suggestion where there is one.
 */
export async function parseCommandLine(
  argv: readonly string[],
  terminal: Terminal,
): Promise<ParsedCommand | number> {
  let parsed: ParsedCommand | undefined;
  let helpForMistake = '';
  const args = await withImpliedRun(argv);
  const program = buildProgram(args, {
    onCommand: (found) => {
      parsed = found;
    },
    writeHelp: (text) => terminal.out(text),
    writeHelpForMistake: (text) => {
      helpForMistake += text;
    },
  });
  try {
    program.parse(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return EXIT_OK;
    if (!terminal.json) terminal.err(helpForMistake);
    throw toUsageError(thrown);
  }
  if (parsed === undefined) throw usageError('a command is missing', 'See llmspell --help.');
  return parsed;
}

/** `llmspell file.lua` means `llmspell run file.lua` where there is such a file. */
async function withImpliedRun(argv: readonly string[]): Promise<readonly string[]> {
  const script = impliedScript(argv);
  if (script === undefined) return argv;
  const { existsSync } = await import('node:fs');
  return existsSync(script) ? ['run', ...argv] : argv;
}

interface ProgramEvents {
  readonly onCommand: (parsed: ParsedCommand) => void;
  readonly writeHelp: (text: string) => void;
  readonly writeHelpForMistake: (text: string) => void;
}

function buildProgram(argv: readonly string[], events: ProgramEvents): Command {
  const program = new Command('llmspell')
    .description('Runs Lua scripts that talk to language models and tools, and keeps what they do.')
    .exitOverride()
    .configureOutput({
      writeOut: events.writeHelp,
      writeErr: events.writeHelpForMistake,
      // Mistakes are printed once they are known to be final.
      outputError: () => {},
    });
  addGlobalOptions(program, events);
  // Describing all commands takes as long as running a short script: one that is named at once stands alone.
  const named = COMMANDS.some((spec) => firstWord(spec) === argv[0]) ? argv[0] : undefined;
  const isWanted = (name: string) => named === undefined || name === named;
  /** Commands and groups that may have commands below them. */
  const parents = new Map<string, Command>();
  for (const [name, summary] of Object.entries(GROUPS)) {
    if (!isWanted(name)) continue;
    const group = program.command(name).description(summary);
    addGlobalOptions(group, events);
    parents.set(name, group);
  }
  for (const spec of COMMANDS) {
    const [name, inGroup] = spec.name.split(' ') as [string, string?];
    if (!isWanted(name)) continue;
    const parent = inGroup === undefined ? program : (parents.get(name) ?? program);
    const command = addCommand(parent, inGroup ?? name, spec, events);
    if (inGroup === undefined) parents.set(name, command);
  }
  return program;
}

/** `session` of `session list`. */
function firstWord({ name }: CommandSpec): string {
  return name.split(' ')[0] as string;
}

function addCommand(
  parent: Command,
  name: string,
  spec: CommandSpec,
  events: ProgramEvents,
): Command {
  const command = parent.command(`${name} ${spec.args}`.trim()).description(spec.summary);
  for (const option of spec.options) command.addOption(toOption(option));
  addGlobalOptions(command, events);
  if (spec.details !== undefined) command.addHelpText('after', spec.details);
  if (spec.takesScript === true) command.passThroughOptions();
  command.action(() => {
    const args = spec.takesScript === true ? scriptArguments(command.args) : command.args;
    events.onCommand({ command: spec, args, given: givenOptions(command) });
  });
  return command;
}

function addGlobalOptions(command: Command, events: ProgramEvents): void {
  command.enablePositionalOptions().helpOption('-h, --help', 'print this help');
  for (const option of GLOBAL_OPTIONS) command.addOption(toOption(option));
  command.option('-V, --version', 'print the version');
  command.on('option:version', () => {
    events.writeHelp(`${packageVersion()}\n`);
    throw new CommanderError(EXIT_OK, 'commander.version', '');
  });
}

function toOption({ flags, description, repeat, choices }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (repeat === true) {
    option.argParser((value: string, before?: string[]) => [...(before ?? []), value]);
  }
  return option;
}

/** The parser hands a `--` behind the script on; it only says that options are over. */
function scriptArguments([script, ...args]: readonly string[]): readonly string[] {
  return [script ?? '', ...(args[0] === '--' ? args.slice(1) : args)];
}

/** What was given to the command and those around it; lists add up, else the innermost counts. */
function givenOptions(command: Command): GivenOptions {
  const given: Record<string, GivenOptions[string]> = {};
  const chain: Command[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.unshift(at);
  for (const level of chain) {
    for (const [name, value] of Object.entries(level.opts())) {
      if (level.getOptionValueSource(name) !== 'cli') continue;
      const before = given[name];
      given[name] = Array.isArray(before) ? [...before, ...value] : value;
    }
  }
  return given;
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` and its like in our words. */
function toUsageError({ code, message }: CommanderError): SpellError {
  if (code === 'commander.help') {
    return usageError('a command is missing', 'See llmspell --help for the commands.');
  }
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  return usageError(first, suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'See llmspell --help.');
}

function packageVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
