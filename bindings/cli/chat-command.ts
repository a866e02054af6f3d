/** The command `chat`. */
import { BUDGET_OPTIONS, type CommandSpec } from './command-spec.js';

export const CHAT_COMMAND: CommandSpec = {
  name: 'chat',
  args: '',
  summary: 'talk with a model; the conversation is kept in a session',
  details: `
Each line is said, and answered. A line that ends with a backslash goes on with the next one; what
stands between lines of three quotation marks is said as it is. Lines that begin with a slash are
commands: /help lists them. From a pipe, only the answers go to standard output. Ctrl-C stops an
answer; twice where a line is typed, it ends the chat. What was answered is kept, whatever ends the
program; a turn that was cut off is completed when the chat goes on with --session. The limits hold
for all turns from the start of the program.`,
  options: [
    { flags: '-s, --session <id>', description: 'go on with this session' },
    { flags: '--model <name>', description: 'the model that answers, or provider/model' },
    { flags: '--provider <name>', description: 'the provider that answers' },
    { flags: '--system <text>', description: 'the system prompt of the session that is created' },
    { flags: '--title <title>', description: 'its name; what is said first when absent' },
    { flags: '--tool <name>', description: 'let the model call this tool', repeat: true },
    ...BUDGET_OPTIONS,
    { flags: '--jsonl', description: 'print the events of the turns, a JSON document per line' },
  ],
  run: async (invocation) => (await import('./commands/chat.js')).chat(invocation),
};
