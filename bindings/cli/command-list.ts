/**
 * The commands as a list: what each is called, what it takes, and the file that it is in, loaded when it is used.
 * Adding a command means adding its file and its entry here.
 */
import { CHAT_COMMAND } from './chat-command.js';
import {
  BUDGET_OPTIONS,
  type CommandSpec,
  METADATA_DETAILS,
  PAGE_OPTIONS,
  TAG,
} from './command-spec.js';
import type { OptionSpec } from './option.js';
import { SESSION_COMMANDS } from './session-commands.js';
import { TOOL_COMMANDS } from './tool-commands.js';

export const GROUPS: Readonly<Record<string, string>> = {
  session: 'look at sessions, copy, merge, export, import and delete them',
  artifact: 'list, read, store, delete and verify artifacts',
  tool: 'look at tools and call them',
  model: 'look at the models that can be asked',
  config: 'show and check the configuration',
};

/** Accepted before and after the name of a command, never behind a script. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--config <path>',
    description: "read this file in place of the project's llmspell.toml",
  },
  { flags: '--profile <name>', description: 'lay a profile over the configuration', repeat: true },
  { flags: '--data-dir <dir>', description: 'keep the data in this folder (means lmdb)' },
  {
    flags: '--storage <backend>',
    description: 'where the data is kept',
    choices: ['memory', 'lmdb'],
  },
  { flags: '--json', description: 'print exactly one JSON document' },
  { flags: '-q, --quiet', description: 'print nothing but data and errors' },
  { flags: '-v, --verbose', description: 'print more about what happens' },
  { flags: '--no-color', description: 'print without colours' },
  { flags: '-y, --yes', description: 'answer every question with yes' },
];

const TIMEOUT: OptionSpec = {
  flags: '--timeout <time>',
  description: 'stop the run after a time such as 30s or 500ms',
};

const MEMORY: OptionSpec = {
  flags: '--memory <size>',
  description: 'let Lua use at most a size such as 256mb',
};

const DETACH: OptionSpec = {
  flags: '--detach',
  description: 'end where the script waits for long, and leave the run asleep',
};

const RUN_OPTIONS: readonly OptionSpec[] = [
  { flags: '-s, --session <id>', description: 'make this session the current one' },
  { flags: '--name <name>', description: 'create a session with this name, the current one' },
  { flags: '--tag <tag>', description: 'tag of the session that is created', repeat: true },
  TIMEOUT,
  MEMORY,
  ...BUDGET_OPTIONS,
  DETACH,
  { flags: '--engine <name>', description: 'the Lua engine', choices: ['wasmoon'] },
  {
    flags: '--untrusted',
    description: 'run Lua on a thread of its own, as a hostile script needs it',
  },
  { flags: '--jsonl', description: 'print the events of the run, a JSON document per line' },
  { flags: '--env-file <file>', description: 'add variables from a file of lines KEY=VALUE' },
];

/** For runs that start from a record: the rest was decided when it began. */
const CONTINUE_OPTIONS: readonly OptionSpec[] = [
  TIMEOUT,
  MEMORY,
  ...BUDGET_OPTIONS,
  {
    flags: '--on-unknown <what>',
    description:
      'tell the script of an unsafe call whose answer a crash has hidden, or make it again',
    choices: ['fail', 'retry', 'ask'],
  },
  DETACH,
  { flags: '--jsonl', description: 'print the events of the run, a JSON document per line' },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    args: '<file> [args...]',
    summary: 'run a Lua script; - reads it from standard input',
    details: `
Everything behind the file belongs to the script: arg[1], ... and ARGS.
What the script returns is printed with --json only.
Variables that are set already win over those of --env-file.`,
    options: RUN_OPTIONS,
    takesScript: true,
    run: async (invocation) => (await import('./commands/run.js')).runFile(invocation),
  },
  {
    name: 'eval',
    args: '<code> [args...]',
    summary: 'run Lua code and print what it returns',
    details: `
Each returned value is printed as JSON on a line of its own; nil is null.
Bytes that are not UTF-8 are {"base64": "..."}.`,
    options: RUN_OPTIONS,
    takesScript: true,
    run: async (invocation) => (await import('./commands/eval.js')).evalCode(invocation),
  },
  CHAT_COMMAND,
  {
    name: 'check',
    args: '<files...>',
    summary: 'compile Lua scripts without running them',
    options: [],
    run: async (invocation) => (await import('./commands/check.js')).checkFiles(invocation),
  },
  {
    name: 'runs',
    args: '',
    summary: 'list runs, the one that started last first',
    options: [
      {
        flags: '--status <status>',
        description: 'running, waiting, sleeping, completed, failed, interrupted or limit',
      },
      ...PAGE_OPTIONS,
    ],
    run: async (invocation) => (await import('./commands/runs.js')).listRuns(invocation),
  },
  {
    name: 'runs show',
    args: '<run>',
    summary: 'show a run with the entries of its journal',
    options: [],
    run: async (invocation) => (await import('./commands/runs.js')).showRun(invocation),
  },
  {
    name: 'runs approve',
    args: '<run> [name]',
    summary: 'answer what a run asks, with yes unless --deny says no',
    details: `
The name is that of the question; a run that asks nothing else needs none.
A run that sleeps is woken by llmspell resume, or by a process that watches.`,
    options: [
      { flags: '--deny', description: 'answer with no' },
      { flags: '--comment <text>', description: 'say something to the script' },
      { flags: '--session <id>', description: 'the question of this session' },
    ],
    run: async (invocation) => (await import('./commands/approve.js')).approveRun(invocation),
  },
  {
    name: 'resume',
    args: '[run]',
    summary: 'go on with a run whose process is gone, that was stopped, or that sleeps',
    details: `
No answered call is made again. The script is the one that the run began with.
A run that came to a limit goes on with a higher one, of an option or of the configuration; more memory takes --memory.
With --all, runs that sleep and are not due sleep on, and those that have spent their budget stay as they are.`,
    options: [
      { flags: '--all', description: 'go on with every run that has something to do' },
      {
        flags: '--watch',
        description: 'with --all: stay, and go on with runs as they become due, until Ctrl-C',
      },
      ...CONTINUE_OPTIONS,
    ],
    run: async (invocation) => (await import('./commands/resume.js')).resumeRuns(invocation),
  },
  {
    name: 'replay',
    args: '<run>',
    summary: 'run again from the record: no call is made, nothing is written',
    details: `
The id of a session means the run that made it, or was started in it last.
With --from the script goes on from the snapshot of that checkpoint, and only what it wrote behind it is printed.
Ends with 7 when the script makes another call than the record tells.`,
    options: [
      { flags: '--from <label|seq>', description: 'start at this checkpoint of the run' },
      { flags: '--to <seq>', description: 'stop behind this entry of the journal' },
      { flags: '--script <file>', description: 'hold another script against the record' },
      TIMEOUT,
    ],
    run: async (invocation) => (await import('./commands/replay.js')).replayRun(invocation),
  },
  {
    name: 'fork',
    args: '<run>',
    summary: 'go another way from an entry of a run, which does not change',
    details: `
The id of a session means the run that made it, or was started in it last. The fork has its own copies of the sessions.
Without --at it begins where the run has come to.
With --script the new script runs from its start and is answered from the shared part.`,
    options: [
      { flags: '--at <label|seq>', description: 'the checkpoint or entry that both share last' },
      { flags: '--script <file>', description: 'go on with another script' },
      {
        flags: '--set <seq=json>',
        description: 'give the call at this entry another answer',
        repeat: true,
      },
      { flags: '--no-run', description: 'print the id of the fork in place of running it' },
      ...CONTINUE_OPTIONS,
    ],
    run: async (invocation) => (await import('./commands/fork.js')).forkRun(invocation),
  },
  {
    name: 'diff',
    args: '<run> <other>',
    summary: 'show the calls in which two runs differ',
    options: [],
    run: async (invocation) => (await import('./commands/diff.js')).diffRuns(invocation),
  },
  {
    name: 'verify',
    args: '[run]',
    summary: 'read everything that is kept of runs and name what is damaged',
    details: `
Without a run also every content of the artifacts is compared with its hash.`,
    options: [],
    run: async (invocation) => (await import('./commands/verify.js')).verifyStored(invocation),
  },
  {
    name: 'export',
    args: '<run>',
    summary: 'write a whole run to one file, for another machine or as a test fixture',
    options: [
      { flags: '-o, --output <file>', description: 'the file; standard output when absent' },
      { flags: '--checkpoints', description: 'take the snapshots of the VM along' },
    ],
    run: async (invocation) => (await import('./commands/run-transfer.js')).exportRun(invocation),
  },
  {
    name: 'import',
    args: '<file>',
    summary: 'take an exported run in and print its id; - reads standard input',
    options: [{ flags: '--new-id', description: 'import it as another run, with other sessions' }],
    run: async (invocation) => (await import('./commands/run-transfer.js')).importRun(invocation),
  },
  {
    name: 'prune',
    args: '',
    summary: 'remove old runs; their sessions and artifacts stay',
    details: `
Without --older-than runs go that ended retention_days of [runtime.durability] ago.
A run whose journal a fork shares stays as long as the fork.`,
    options: [
      { flags: '--older-than <time>', description: 'ended at least so long ago, such as 30d' },
      {
        flags: '--status <status>',
        description: 'ended like this (completed, failed)',
        repeat: true,
      },
      { flags: '--dry-run', description: 'only print which runs would go' },
    ],
    run: async (invocation) => (await import('./commands/prune.js')).pruneRuns(invocation),
  },
  {
    name: 'stats',
    args: '',
    summary: 'count what is stored',
    options: [],
    run: async (invocation) => (await import('./commands/stats.js')).showStats(invocation),
  },
  ...SESSION_COMMANDS,
  {
    name: 'artifact list',
    args: '',
    summary: 'list artifacts, newest first',
    options: [
      { flags: '--session <id>', description: 'belong to this session' },
      { flags: '--type <type>', description: 'have this type' },
      TAG,
      { flags: '--name <glob>', description: 'have a name like this: *, ? and [...]' },
      { flags: '--min-size <size>', description: 'are at least so large, such as 10kb' },
      { flags: '--max-size <size>', description: 'are at most so large' },
      ...PAGE_OPTIONS,
    ],
    run: async (invocation) => (await import('./commands/artifact.js')).listArtifacts(invocation),
  },
  {
    name: 'artifact get',
    args: '<id>',
    summary: 'print the content of an artifact',
    options: [
      { flags: '-o, --output <file>', description: 'write the content to a file' },
      { flags: '--meta', description: 'print what is known of it in place of its content' },
    ],
    run: async (invocation) =>
      (await import('./commands/artifact-content.js')).getArtifact(invocation),
  },
  {
    name: 'artifact put',
    args: '<file>',
    summary: 'store a file as an artifact and print its id; - reads standard input',
    details: METADATA_DETAILS,
    options: [
      { flags: '--session <id>', description: 'the session that gets it (needed)' },
      { flags: '--name <name>', description: 'its name; that of the file when absent' },
      { flags: '--type <type>', description: 'its type (user_input)' },
      { flags: '--tag <tag>', description: 'give it this tag', repeat: true },
      { flags: '--metadata <key=value>', description: 'give it this metadata', repeat: true },
    ],
    run: async (invocation) =>
      (await import('./commands/artifact-content.js')).putArtifact(invocation),
  },
  {
    name: 'artifact delete',
    args: '<ids...>',
    summary: 'delete artifacts',
    options: [],
    run: async (invocation) => (await import('./commands/artifact.js')).deleteArtifacts(invocation),
  },
  {
    name: 'artifact verify',
    args: '',
    summary: 'compare every stored content with its hash',
    options: [],
    run: async (invocation) => (await import('./commands/artifact.js')).verifyArtifacts(invocation),
  },
  {
    name: 'artifact gc',
    args: '',
    summary: 'remove what interrupted programs left behind',
    options: [],
    run: async (invocation) =>
      (await import('./commands/artifact.js')).collectArtifacts(invocation),
  },
  ...TOOL_COMMANDS,
  {
    name: 'model list',
    args: '',
    summary: 'list models with what they can do and cost',
    details: `
Prices are USD per million tokens. A requirement is an ability (vision, tools, json, reasoning) or an amount such as
context_window=32000, max_output=8000, input_price=1 (at most).`,
    options: [
      { flags: '--provider <name>', description: 'are served by this provider' },
      { flags: '--needs <requirement>', description: 'meet this requirement', repeat: true },
      { flags: '--all', description: 'list those too that no configured provider serves' },
    ],
    run: async (invocation) => (await import('./commands/model.js')).listModels(invocation),
  },
  {
    name: 'config path',
    args: '',
    summary: 'print the files that hold here and the folder of the data',
    options: [],
    run: async (invocation) => (await import('./commands/config.js')).configPath(invocation),
  },
  {
    name: 'config show',
    args: '',
    summary: 'print every key with its value',
    options: [{ flags: '--origin', description: 'print where each value comes from' }],
    run: async (invocation) => (await import('./commands/config.js')).configShow(invocation),
  },
  {
    name: 'config check',
    args: '[file]',
    summary: 'check the configuration that holds here, or one file',
    options: [],
    run: async (invocation) => (await import('./commands/config.js')).configCheck(invocation),
  },
  {
    name: 'doctor',
    args: '',
    summary: 'explain what scripts may reach here, and check that everything works',
    details: `
Names each file, host, program, variable and tool that is open, with the line of the configuration that opens it.
Ends with the status of the first check that failed.`,
    options: [],
    run: async (invocation) => (await import('./commands/doctor.js')).examine(invocation),
  },
];
