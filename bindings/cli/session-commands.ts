/** The commands of the group `session`, in the order in which help shows them. */
import { type CommandSpec, METADATA_DETAILS, PAGE_OPTIONS, TAG } from './command-spec.js';

export const SESSION_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'session list',
    args: '',
    summary: 'list sessions, the one that changed last first',
    details: METADATA_DETAILS,
    options: [
      { flags: '--status <status>', description: 'active, suspended, completed or failed' },
      TAG,
      { flags: '--parent <id>', description: 'are children of this session' },
      { flags: '--name <name>', description: 'have this name' },
      { flags: '--metadata <key=value>', description: 'have this metadata', repeat: true },
      ...PAGE_OPTIONS,
    ],
    run: async (invocation) => (await import('./commands/session.js')).listSessions(invocation),
  },
  {
    name: 'session show',
    args: '<id>',
    summary: 'show a session with what was said last in it',
    options: [{ flags: '--messages <count>', description: 'show at most so many messages (10)' }],
    run: async (invocation) => (await import('./commands/session.js')).showSession(invocation),
  },
  {
    name: 'session timeline',
    args: '<id>',
    summary: 'show what happened to a session, in order',
    options: [],
    run: async (invocation) =>
      (await import('./commands/session-timeline.js')).showTimeline(invocation),
  },
  {
    name: 'session export',
    args: '<id>',
    summary: 'write a session with its messages to a JSON file',
    details: `
oblix loses nothing and is what other chat programs read; abstractllm and session-archive hold
the active conversation. Artifacts stay behind; images that messages show are taken along.`,
    options: [
      { flags: '-o, --output <file>', description: 'the file; standard output when absent' },
      {
        flags: '--format <format>',
        description: 'how it is written (oblix)',
        choices: ['oblix', 'abstractllm', 'session-archive'],
      },
    ],
    run: async (invocation) =>
      (await import('./commands/session-transfer.js')).exportSession(invocation),
  },
  {
    name: 'session import',
    args: '<file>',
    summary: 'take an exported session in and print its id; - reads standard input',
    details: `
Reads our files, those of other chat programs with messages in a list, files of AbstractLLM and
archives of AbstractCore. A file that is damaged changes nothing.`,
    options: [
      { flags: '--new-id', description: 'give it another id than the file says' },
      {
        flags: '--overwrite',
        description: 'put it in the place of the session with its id, whose artifacts stay',
      },
    ],
    run: async (invocation) =>
      (await import('./commands/session-transfer.js')).importSession(invocation),
  },
  {
    name: 'session copy',
    args: '<id>',
    summary: 'make a session after another one and print its id',
    options: [
      { flags: '--title <title>', description: 'its name; "Copy of" that of the other one' },
      { flags: '--at <message>', description: 'take only what led to this message' },
    ],
    run: async (invocation) =>
      (await import('./commands/session-transfer.js')).copySession(invocation),
  },
  {
    name: 'session merge',
    args: '<ids...>',
    summary: 'make one session of several and print its id',
    details: `
It has the messages of their active conversations, in the order in which they were said.`,
    options: [{ flags: '--title <title>', description: 'its name' }],
    run: async (invocation) =>
      (await import('./commands/session-transfer.js')).mergeSessions(invocation),
  },
  {
    name: 'session delete',
    args: '<ids...>',
    summary: 'delete sessions with their messages and artifacts',
    options: [{ flags: '--recursive', description: 'delete their descendants too' }],
    run: async (invocation) => (await import('./commands/session.js')).deleteSessions(invocation),
  },
];
