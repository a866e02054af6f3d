/** The commands of the group `tool`, in the order in which help shows them. */
import type { CommandSpec } from './command-spec.js';

export const TOOL_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'tool list',
    args: '',
    summary: 'list the tools that scripts and models can call',
    options: [
      { flags: '--category <category>', description: 'are of this category' },
      { flags: '--tag <tag>', description: 'have this tag, or this text in their description' },
    ],
    run: async (invocation) => (await import('./commands/tool.js')).listTools(invocation),
  },
  {
    name: 'tool show',
    args: '<name>',
    summary: 'show what a tool does and which arguments it takes',
    options: [],
    run: async (invocation) => (await import('./commands/tool.js')).showTool(invocation),
  },
  {
    name: 'tool call',
    args: '<name> [pairs...]',
    summary: 'call a tool as a script would, and print its result',
    details: `
Arguments are pairs KEY=VALUE, where a VALUE that is JSON counts as such unless the tool wants text, or the JSON object
of --args: itself, @file, or - for standard input. Pairs are laid over it. The call is recorded as a run.`,
    options: [
      { flags: '--args <json|@file|->', description: 'the arguments as a JSON object' },
      { flags: '--timeout <time>', description: 'stop the call after a time such as 30s or 500ms' },
    ],
    run: async (invocation) => (await import('./commands/tool-call.js')).callTool(invocation),
  },
];
